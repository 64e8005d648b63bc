import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { ALL_SETTINGS } from '../../src/config/settings.ts';
import { sourcesOf } from '../../src/config/sources.ts';
import { ConfigError } from '../../src/errors.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await temporaryDirectory();
});

function write(text: string, name = 'development', folder = 'config'): string {
  mkdirSync(join(cwd, folder), { recursive: true });
  const file = join(cwd, folder, `${name}.yaml`);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

const read = (real: Record<string, string> = {}) => readEnvironment({ cwd, real });
const load = (real: Record<string, string> = {}) => loadConfig(read(real), { cwd });

function problemsOf(real: Record<string, string> = {}): string[] {
  try {
    load(real);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message.split('\n');
  }
  return [];
}

describe('the settings file', () => {
  it('stands above the defaults, below .env and below the environment', () => {
    write('log_level: debug\nlog_format: json\nmax_concurrent_bots: 7\n');
    writeFileSync(join(cwd, '.env'), 'LOG_FORMAT=text\nMAX_CONCURRENT_BOTS=8\n');
    const env = read({ MAX_CONCURRENT_BOTS: '9' });
    const { log, maxConcurrentBots, shutdownTimeoutMs } = loadConfig(env, { cwd });
    expect({ ...log, maxConcurrentBots, shutdownTimeoutMs }).toMatchObject({
      level: 'debug',
      format: 'text',
      maxConcurrentBots: 9,
      shutdownTimeoutMs: 30_000,
    });
    const nameOf = (name: string) => sourcesOf(env).origins.get(name)?.name;
    expect(['LOG_LEVEL', 'LOG_FORMAT', 'MAX_CONCURRENT_BOTS', 'SHUTDOWN_TIMEOUT'].map(nameOf)).toEqual([
      join('config', 'development.yaml:1'),
      '.env',
      'environment',
      undefined,
    ]);
  });

  it('gives way to a variable that is set to nothing, which brings back the default', () => {
    write('log_level: debug');
    expect(load({ LOG_LEVEL: '' }).log.level).toBe('info');
  });

  it('is the one that NODE_ENV and CONFIG_DIR choose, in the environment or in .env', () => {
    write('max_concurrent_bots: 1');
    write('max_concurrent_bots: 2', 'staging');
    write('max_concurrent_bots: 3', 'staging', 'etc/troupe');
    expect(load().maxConcurrentBots).toBe(1);
    expect(load({ NODE_ENV: 'staging' }).maxConcurrentBots).toBe(2);
    writeFileSync(join(cwd, '.env'), 'NODE_ENV=staging\n');
    expect(load({ CONFIG_DIR: 'etc/troupe' }).maxConcurrentBots).toBe(3);
    expect(load({ CONFIG_DIR: join(cwd, 'etc/troupe') }).maxConcurrentBots).toBe(3);
  });

  it('takes names in upper and lower case, maps of names that begin alike, and values as YAML has them', () => {
    write(
      [
        'LOG_LEVEL: "warn"',
        'log: { format: json, TO: { file: yes } }',
        'discord:',
        '  new_agent_poll_interval: .5',
        'log_to_console: false',
        'http_port: 8080',
        'openai_api_key: ${HOME}',
        'budget_tokens_per_day: 9007199254740991 # so many',
        'max_concurrent_bots:',
      ].join('\n'),
    );
    const config = load({ HOME: '/root' });
    expect(config).toMatchObject({
      log: { level: 'warn', format: 'json', toFile: true, toConsole: false },
      discord: { pollIntervalMs: 500 },
      http: { port: 8080 },
      budget: { tokens: 9_007_199_254_740_991 },
      maxConcurrentBots: 50,
    });
    expect(config.providers.openai?.apiKey).toBe('${HOME}');
  });

  it('takes a number as it is written', () => {
    write('openai_api_key: 00123456789012345678901\nxai_api_key: 1e3');
    const { openai, xai } = load().providers;
    expect([openai?.apiKey, xai?.apiKey]).toEqual(['00123456789012345678901', '1e3']);
  });

  it('may be missing, empty or commented out', () => {
    expect(load()).toEqual(loadConfig({}, { cwd }));
    for (const text of ['', '\uFEFF', '# log_level: x\n\n  # more\r\n', '---\n', '{}']) {
      write(text);
      expect(load()).toEqual(loadConfig({}, { cwd }));
    }
  });

  it.each(['development', 'production', 'test'])('may be missing for %s without a word', (name) => {
    expect(load({ NODE_ENV: name }).warnings).toEqual([]);
  });

  it('is missed where somebody meant one', () => {
    expect(load({ NODE_ENV: 'stagging' }).warnings).toEqual([
      `NODE_ENV is stagging, but there is no ${join('config', 'stagging.yaml')}; make it, or correct NODE_ENV`,
    ]);
    expect(load({ CONFIG_DIR: 'konfig' }).warnings).toEqual([
      'CONFIG_DIR: there is no folder konfig; make it, or correct CONFIG_DIR',
    ]);
  });

  it('is refused with every mistake in it, each with its place, and with those of the environment', () => {
    write(
      [
        'log_level: loud',
        'LOG_LEVLE: info',
        'http_port:   99999',
        'log: {level: info, flie: x}',
        'node_env: production',
        'max_concurrent_bots: [1]',
        '? [a]',
        ': 1',
        'secret_key: hunter2hunter2',
      ].join('\n'),
    );
    const file = join('config', 'development.yaml');
    expect(problemsOf({ SHUTDOWN_TIMEOUT: 'soon' })).toEqual([
      `${file}:2:1: there is no setting "LOG_LEVLE"; did you mean "LOG_LEVEL"?`,
      `${file}:4:7: LOG_LEVEL stands on line 1 already`,
      `${file}:4:20: there is no setting "log_flie"; did you mean "log_file"?`,
      `${file}:5:1: NODE_ENV can be set in the environment alone`,
      `${file}:6:22: MAX_CONCURRENT_BOTS must be a text, a number, true or false`,
      `${file}:7:3: a key must be the name of a setting`,
      expect.stringMatching(/development\.yaml:9:13: SECRET_KEY: the value \(not shown\) is not a key/),
      expect.stringMatching(/^SHUTDOWN_TIMEOUT: "soon" is not a time/),
      `${file}:1:12: LOG_LEVEL: "loud" is not one of the choices; allowed: error, warn, info, debug`,
      `${file}:3:14: HTTP_PORT: "99999" is not a whole number in range; allowed: 0 to 65535`,
    ]);
  });

  it.each([
    ['- a\n- b', ':1:1: settings must be a map of names and values'],
    ['log_level: [', 'not valid YAML'],
    ['log_level: info\n---\nlog_level: warn', ':2:1: a second YAML document begins here'],
    ['a: &x hunter2\nlog_level: *x', 'there is no setting "a"'],
    ['secret_key: !!binary hunter2', 'YAML'],
    ['secret_key: !hunter2 x', 'not valid YAML: Unresolved tag'],
    [`# ${'x'.repeat(300_000)}\nlog_level: info`, ':1:1: it is larger than 256 KiB'],
    ['proxy: { log_level: info }', 'there is no setting "proxy"'],
  ])('is refused, and never repeated: %.30s', (text, words) => {
    write(text);
    expect(problemsOf().join('\n')).toContain(words);
    expect(problemsOf().join('\n')).not.toContain('hunter2');
  });

  it('is refused when it cannot be read', () => {
    mkdirSync(join(cwd, 'config/development.yaml'), { recursive: true });
    expect(problemsOf()).toEqual([expect.stringMatching(/^config.development\.yaml cannot be read: /)]);
  });

  it('is never looked for outside of its folder', () => {
    write('log_level: debug', 'outside', '.');
    expect(problemsOf({ NODE_ENV: '../outside' })).toEqual([
      'NODE_ENV: "../outside" is not the name of an environment; allowed: letters, digits, - and _, such as production',
    ]);
    expect(problemsOf({ CONFIG_DIR: '../x' })).toEqual([
      expect.stringMatching(/^CONFIG_DIR: "\.\.\/x" is not below/),
    ]);
  });

  it('can set every setting that is not for the environment alone', () => {
    const names = [...ALL_SETTINGS].filter(([, { environmentOnly }]) => environmentOnly === undefined);
    write(names.map(([name]) => `${name.toLowerCase()}: "x"`).join('\n'));
    expect(Object.keys(read())).toEqual(names.map(([name]) => name));
  });
});

describe.skipIf(process.platform === 'win32')('a file that others may read', () => {
  it.each([
    ['openai_api_key: sk-x', 0o644, true],
    ['openai_api_key: sk-x', 0o660, true],
    ['database_url: mysql://u:p@db/troupe', 0o644, true],
    ['database_url: mysql://db/troupe', 0o644, false],
    ['openai_api_key: sk-x', 0o640, false],
    ['log_level: info', 0o644, false],
  ])('%s, mode %o: is warned of: %s', (text, mode, isWarned) => {
    chmodSync(write(text), mode);
    const file = join(cwd, 'config/development.yaml');
    expect(load().warnings).toEqual(
      isWarned ? [`others may read or change ${file}, which holds secrets: chmod 600 ${file}`] : [],
    );
  });

  it.each([
    ['PARROT_TOKEN=x', 0o644, true],
    ['SECRET_KEY=' + Buffer.alloc(32).toString('base64'), 0o644, true],
    ['PARROT_TOKEN=x', 0o600, false],
    ['PARROT_TOKEN=\nLOG_LEVEL=info', 0o644, false],
    ['SECRET_KEY_FILE=key', 0o644, false],
  ])('.env with %.13s, mode %o: is warned of: %s', (text, mode, isWarned) => {
    writeFileSync(join(cwd, '.env'), text);
    chmodSync(join(cwd, '.env'), mode);
    expect(load().warnings).toHaveLength(isWarned ? 1 : 0);
  });
});
