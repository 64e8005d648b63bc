import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { manageConfig } from '../../../src/cli/config/manage-config.ts';
import { openStore } from '../../../src/cli/open-store.ts';
import { readEnvironment } from '../../../src/config/environment.ts';
import { ALL_SETTINGS } from '../../../src/config/settings.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await temporaryDirectory();
});

async function run(argv: string[], real: Record<string, string> = {}) {
  const written = { out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const paths = { DATABASE_URL: `file:${join(cwd, 'troupe.db')}`, SECRET_KEY_FILE: join(cwd, 'secret.key') };
  const env = readEnvironment({ cwd, real: { ...paths, ...real } });
  const code = await manageConfig(argv, io, { env, cwd, openStore: () => openStore(env) });
  return { code, ...written };
}

function write(text: string): void {
  mkdirSync(join(cwd, 'config'), { recursive: true });
  writeFileSync(join(cwd, 'config/development.yaml'), text, { mode: 0o600 });
}

/** The line of a setting, cell by cell. */
const lineOf = (out: string, name: string) =>
  out
    .split('\n')
    .find((line) => line.trim().startsWith(`${name} `))
    ?.trim()
    .split(/ {2,}/);

describe('npm run config', () => {
  it('prints every setting with its value and where that came from, and makes no database', async () => {
    write('log_level: debug\nlog_format: json\n');
    writeFileSync(join(cwd, '.env'), 'LOG_FORMAT=text\n');
    const { code, out, err } = await run([], { MAX_CONCURRENT_BOTS: '7' });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(lineOf(out, 'LOG_LEVEL')).toEqual(['LOG_LEVEL', 'debug', join('config', 'development.yaml:1')]);
    expect(lineOf(out, 'LOG_FORMAT')).toEqual(['LOG_FORMAT', 'text', '.env']);
    expect(lineOf(out, 'MAX_CONCURRENT_BOTS')).toEqual(['MAX_CONCURRENT_BOTS', '7', 'environment']);
    expect(lineOf(out, 'HTTP_PORT')).toEqual(['HTTP_PORT', '23459', 'default']);
    expect(lineOf(out, 'OPENAI_API_KEY')).toEqual(['OPENAI_API_KEY', '(not set)', 'default']);
    for (const name of ALL_SETTINGS.keys()) expect(lineOf(out, name), name).toHaveLength(3);
    expect(out.match(/^\w.*$/gm)).toEqual([
      'Settings file',
      'Database',
      'Discord',
      'Agents',
      'Language models',
      'Retention',
      'Logs',
      'Traces',
      'HTTP',
    ]);
    expect(existsSync(join(cwd, 'troupe.db'))).toBe(false);
  });

  it('prints only what differs from its default with --changed', async () => {
    const { out } = await run(['--changed'], { LOG_LEVEL: 'info', HTTP_PORT: '1' });
    expect(out.match(/[A-Z_]{5,}/g)).toEqual(['DATABASE_URL', 'SECRET_KEY_FILE', 'HTTP_PORT']);
  });

  it('prints the same for programs with --json', async () => {
    const { out } = await run(['--json'], { OPENAI_API_KEY: 'sk-hunter2', BUDGET_USD_PER_DAY: 'x' });
    const all = JSON.parse(out) as { name: string }[];
    expect(all.map(({ name }) => name)).toEqual([...ALL_SETTINGS.keys()]);
    expect(all.find(({ name }) => name === 'OPENAI_API_KEY')).toEqual({
      name: 'OPENAI_API_KEY',
      group: 'Language models',
      value: '[redacted]',
      default: null,
      source: 'environment',
      changed: true,
      wrong: false,
      secret: true,
      runtime: false,
      description: "the host's key for openai",
    });
    expect(all.find(({ name }) => name === 'BUDGET_USD_PER_DAY')).toMatchObject({ value: 'x', wrong: true });
  });

  it('shows no secret, whether it is right or wrong', async () => {
    const secrets = {
      SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
      SECRET_KEY_PREVIOUS: Buffer.alloc(32, 2).toString('base64'),
      DATABASE_URL: 'mysql://root:hunter2@db/troupe?password=hunter2',
      OPENAI_API_KEY: 'hunter2',
      XAI_BASE_URL: 'https://u:hunter2@x/v1',
    };
    for (const env of [secrets, { ...secrets, SECRET_KEY: 'hunter2', DATABASE_URL: 'hunter2' }]) {
      for (const argv of [[], ['--json'], ['describe', 'DATABASE_URL'], ['describe', 'OPENAI_API_KEY']]) {
        const { out, err } = await run(argv, env);
        expect(out + err).not.toMatch(/hunter2|AQEBAQ|AgICAg/);
      }
    }
    const { out } = await run([], secrets);
    expect(lineOf(out, 'DATABASE_URL')?.[1]).toBe('mysql://[redacted]@db/troupe?[redacted]');
  });

  it('ends with 78 and names all that is wrong, and still prints every setting', async () => {
    write('log_level: loud\nlog_fromat: json');
    const { code, out, err } = await run([], { HTTP_PORT: 'x' });
    expect(code).toBe(78);
    expect(
      err
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual([
      `${join('config', 'development.yaml')}:2:1:`,
      `${join('config', 'development.yaml')}:1:12:`,
      'HTTP_PORT:',
    ]);
    expect(lineOf(out, 'HTTP_PORT')).toEqual(['HTTP_PORT', 'x', 'environment', 'WRONG']);
    expect(lineOf(out, 'MAX_CONCURRENT_BOTS')).toHaveLength(3);
  });

  it('tells warnings on standard error and ends with 0', async () => {
    const { code, err } = await run([], { HTTP_HOST: '0.0.0.0' });
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringMatching(/^warning: HTTP_HOST is 0\.0\.0\.0/) as string,
    });
  });

  it.skipIf(process.platform === 'win32')(
    'warns of a key file that others may read, when it is used',
    async () => {
      writeFileSync(join(cwd, 'secret.key'), Buffer.alloc(32).toString('base64'));
      chmodSync(join(cwd, 'secret.key'), 0o644);
      expect((await run([])).err).toMatch(/^warning: SECRET_KEY_FILE: others may read or change .*chmod 600/);
      const { err } = await run([], { SECRET_KEY: Buffer.alloc(32).toString('base64') });
      expect(err).not.toContain('chmod');
    },
  );

  it('tells all about one setting with describe', async () => {
    const { code, out } = await run(['describe', 'log_level'], { LOG_LEVEL: 'warn' });
    expect(code).toBe(0);
    expect(out).toMatch(/^LOG_LEVEL \(Logs\): the least important level/);
    expect(out).toContain('allowed: error, warn, info, debug');
    expect(out).toContain('default: info');
    expect(out).toMatch(/now: +warn, from: environment/);
    expect(out).toContain('npm run config -- set LOG_LEVEL VALUE');
    expect((await run(['describe', 'HTTP_PORT'])).out).toMatch(
      /change: +in the settings file, .*read at start/,
    );
    expect((await run(['describe', 'NODE_ENV'])).out).toMatch(
      /change: +in \.env or the environment; read at start/,
    );
  });

  it('says which setting was meant', async () => {
    expect(await run(['describe', 'LOG_LEVLE'])).toEqual({
      code: 1,
      out: '',
      err: 'there is no setting "LOG_LEVLE"; did you mean LOG_LEVEL?\nnpm run config shows them all.\n',
    });
  });

  it('has a help, and refuses what it does not know', async () => {
    expect(await run(['--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('npm run config -- set') as string,
    });
    expect((await run(['bogus'])).code).toBe(2);
    expect((await run(['--bogus'])).code).toBe(2);
    expect((await run(['set', 'LOG_LEVEL'])).code).toBe(2);
  });
});

describe('set and unset', () => {
  it('put a value into the database, above the environment, and take it out again', async () => {
    const env = { LOG_LEVEL: 'warn' };
    expect(await run(['set', 'log_level', ' debug '], env)).toEqual({
      code: 0,
      out: 'LOG_LEVEL: debug; it was warn (environment).\nA running host takes it over with its next poll.\n',
      err: '',
    });
    expect(lineOf((await run([], env)).out, 'LOG_LEVEL')).toEqual(['LOG_LEVEL', 'debug', 'database']);
    expect((await run(['unset', 'LOG_LEVEL'], env)).out).toBe(
      'LOG_LEVEL is taken out of the database. It is warn (environment) now.\n',
    );
    expect(lineOf((await run([], env)).out, 'LOG_LEVEL')).toEqual(['LOG_LEVEL', 'warn', 'environment']);
    expect(await run(['unset', 'LOG_LEVEL'], env)).toMatchObject({
      code: 0,
      out: 'LOG_LEVEL is not set in the database.\n',
    });
  });

  it('take a limit away with an empty value', async () => {
    const env = { BUDGET_USD_PER_DAY: '5' };
    expect((await run(['set', 'BUDGET_USD_PER_DAY', ''], env)).code).toBe(0);
    expect(lineOf((await run([], env)).out, 'BUDGET_USD_PER_DAY')).toEqual([
      'BUDGET_USD_PER_DAY',
      '(not set)',
      'database',
    ]);
  });

  it.each([
    [
      'MAX_CONCURRENT_BOTS',
      '0',
      /^MAX_CONCURRENT_BOTS: "0" is not a whole number in range; allowed: 1 or more/,
    ],
    ['LOG_LEVEL', '', /^LOG_LEVEL: "" is not one of the choices/],
    ['HTTP_PORT', '80', /^HTTP_PORT cannot change while the host runs\nChange it in the settings file/],
    [
      'NODE_ENV',
      'test',
      /^NODE_ENV cannot change while the host runs\nChange it in \.env or the environment/,
    ],
    ['OPENAI_API_KEY', 'hunter2', /^OPENAI_API_KEY cannot change while the host runs/],
    ['COLOUR', 'red', /^there is no setting "COLOUR"/],
  ])('refuse %s=%s, say why, and change nothing', async (name, value, words) => {
    const { code, out, err } = await run(['set', name, value]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(words);
    expect(err).not.toContain('hunter2');
    expect(existsSync(join(cwd, 'troupe.db'))).toBe(false);
  });

  it('warn of a value that is allowed and not wise', async () => {
    const { code, err } = await run(['set', 'MAX_CONCURRENT_BOTS', '5000'], { HTTP_HOST: '0.0.0.0' });
    expect(code).toBe(0);
    expect(err).toMatch(/^warning: MAX_CONCURRENT_BOTS is above 1000[^\n]*\n$/);
  });

  it('can take away what this version has no use for, which is warned of and passed over', async () => {
    const { settings, close } = await openStore({
      DATABASE_URL: `file:${join(cwd, 'troupe.db')}`,
      SECRET_KEY_FILE: join(cwd, 'secret.key'),
    });
    await settings.set('COLOUR', 'red');
    await settings.set('LOG_LEVEL', 'loud');
    await close();
    const { code, out, err } = await run([]);
    expect(code).toBe(0);
    expect(lineOf(out, 'LOG_LEVEL')).toEqual(['LOG_LEVEL', 'info', 'default']);
    expect(err).toMatch(/^warning: .*COLOUR.*unset COLOUR\nwarning: .*LOG_LEVEL: "loud".*unset LOG_LEVEL\n$/);
    expect((await run(['unset', 'COLOUR'])).code).toBe(0);
    expect((await run(['unset', 'LOG_LEVEL'])).code).toBe(0);
    expect((await run([])).err).toBe('');
    expect((await run(['unset', 'COLOUR'])).code).toBe(1);
    expect((await run(['unset', 'HTTP_PORT'])).code).toBe(1);
  });
});
