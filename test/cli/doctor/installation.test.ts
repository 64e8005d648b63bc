import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../../src/agents/agent-definition.ts';
import { setStage } from '../../support/run-host.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { testDatabase } from '../../support/test-database.ts';
import { diagnose } from './see-doctor.ts';

const TOKEN = 'MTA3MzQ1Njc4OTAxMjM0NTY3.Gabcde.abcdefghijklmnopqrstuvwxyz0123456789AB';
const OFFLINE = { argv: ['--offline'] };

/** An empty folder, and the variables that have everything in it. */
async function emptyFolder() {
  const directory = await temporaryDirectory();
  const env = { DATABASE_URL: `file:${directory}/troupe.db`, SECRET_KEY_FILE: `${directory}/secret.key` };
  return { directory, env };
}

/** A database with an agent whose token is stored. */
async function setTable() {
  const stage = await setStage();
  await stage.addAgent({ name: 'Helper', token: TOKEN });
  const key = stage.env['SECRET_KEY_FILE'] ?? '';
  return { ...stage, key, directory: path.dirname(key) };
}

describe('the system', () => {
  it.each([
    ['24.1.0', 'ok'],
    ['22.18.0', 'error'],
    ['26.0.0', 'warning'],
  ])('Node %s: %s', async (nodeVersion, status) => {
    const { env } = await emptyFolder();
    const system = { nodeVersion, platform: 'linux', arch: 'x64' };
    expect((await diagnose(env, { ...OFFLINE, system })).check('Node.js').status).toBe(status);
  });

  it('warns of a platform that Troupe is not made for', async () => {
    const { env } = await emptyFolder();
    const system = { nodeVersion: '24.0.0', platform: 'aix', arch: 'ppc64' };
    const { check, code } = await diagnose(env, { ...OFFLINE, system });
    expect(check('platform')).toMatchObject({ status: 'warning' });
    expect(code).toBe(0);
  });
});

describe('settings', () => {
  it('names every wrong variable with what is allowed, and checks the rest all the same', async () => {
    const { env } = await setTable();
    const { checks, check, code, ok } = await diagnose(
      { ...env, LOG_LEVEL: 'loud', MAX_CONCURRENT_BOTS: 'many' },
      OFFLINE,
    );
    expect(checks.filter(({ name, group }) => name === 'settings' && group === 'Settings')).toMatchObject([
      { status: 'error', message: expect.stringContaining('MAX_CONCURRENT_BOTS: "many"') as string },
      { status: 'error', message: expect.stringContaining('LOG_LEVEL: "loud"') as string },
    ]);
    expect(checks.find(({ message }) => message.startsWith('LOG_LEVEL'))?.remedy).toBe(
      'Allowed: error, warn, info, debug.',
    );
    expect(check('settings', 'Agent Helper').status).toBe('ok');
    expect({ code, ok }).toEqual({ code: 1, ok: false });
  });

  it('warns of a name that is probably misspelt', async () => {
    const { env } = await emptyFolder();
    const { check } = await diagnose({ ...env, DISCORD_API_ULR: 'https://discord.com/api' }, OFFLINE);
    expect(check('settings')).toMatchObject({
      status: 'warning',
      message: 'DISCORD_API_ULR means nothing here; was DISCORD_API_URL meant?',
    });
  });

  it('reads .env, and tells when it cannot, without hiding the rest', async () => {
    const { directory, env } = await emptyFolder();
    await writeFile(`${directory}/.env`, 'LOG_FORMAT=xml\n');
    const read = await diagnose(env, { ...OFFLINE, cwd: directory });
    expect(read.check('.env').status).toBe('ok');
    expect(read.check('settings').message).toContain('LOG_FORMAT: "xml"');

    await rm(`${directory}/.env`);
    await mkdir(`${directory}/.env`);
    const unreadable = await diagnose(env, { ...OFFLINE, cwd: directory });
    expect(unreadable.check('.env')).toMatchObject({ status: 'error' });
    expect(unreadable.check('settings').status).toBe('ok');
  });

  it.skipIf(process.platform === 'win32')('warns of secrets in an .env that others may read', async () => {
    const { directory, env } = await emptyFolder();
    await writeFile(`${directory}/.env`, 'HELPER_TOKEN=hush-hush-hush\n', { mode: 0o644 });
    const { check, out } = await diagnose(env, { ...OFFLINE, cwd: directory });
    expect(check('settings')).toMatchObject({ status: 'warning' });
    expect(check('settings').message).toContain('chmod 600 .env');
    expect(out).not.toContain('hush');
    await chmod(`${directory}/.env`, 0o600);
    expect((await diagnose(env, { ...OFFLINE, cwd: directory })).check('settings').status).toBe('ok');
  });

  it.each([
    ['0.0.0.0', 'warning'],
    ['::', 'warning'],
    ['::1', 'ok'],
    ['localhost', 'ok'],
  ])('HTTP_HOST=%s: %s', async (host, status) => {
    const { env } = await emptyFolder();
    const { check, code } = await diagnose({ ...env, HTTP_HOST: host }, OFFLINE);
    expect(check('settings').status).toBe(status);
    expect(code).toBe(0);
  });

  it('tells what is wrong in the settings file and where, and checks the rest all the same', async () => {
    const { directory, env } = await emptyFolder();
    await mkdir(`${directory}/config`);
    const file = `database_url: oracle://there\nlog_level: loud\nlog_levle: info\n`;
    await writeFile(`${directory}/config/development.yaml`, file);
    const { checks, check } = await diagnose(
      { SECRET_KEY_FILE: env.SECRET_KEY_FILE },
      { ...OFFLINE, cwd: directory },
    );
    const messages = checks.filter(({ name }) => name === 'settings').map(({ message }) => message);
    expect(messages).toHaveLength(3);
    for (const place of ['yaml:1:15: DATABASE_URL', 'yaml:2:12: LOG_LEVEL', 'yaml:3:1: ']) {
      expect(messages.some((message) => message.includes(place))).toBe(true);
    }
    expect(check('database').message).toBe('DATABASE_URL is wrong');
  });
});

describe('files', () => {
  it('tells when a folder cannot be there, and makes none', async () => {
    const { directory, env } = await emptyFolder();
    await writeFile(`${directory}/file`, '');
    const { check } = await diagnose(
      {
        ...env,
        DATABASE_URL: `file:${directory}/file/data/troupe.db`,
        LOG_TO_FILE: 'true',
        LOG_FILE: `${directory}/logs/troupe.log`,
      },
      OFFLINE,
    );
    expect(check('data folder')).toMatchObject({
      status: 'error',
      message: `${directory}/file is no folder`,
    });
    expect(check('key folder').status).toBe('ok');
    expect(check('log folder')).toMatchObject({ status: 'ok', message: `${directory}/logs will be made` });
    expect(await readdir(directory)).toEqual(['file']);
  });

  it.each([
    [2_000_000_000, 'ok'],
    [999_000_000, 'warning'],
    [99_000_000, 'error'],
  ])('%i bytes of free space: %s', async (free, status) => {
    const { env } = await emptyFolder();
    const { check } = await diagnose(env, { ...OFFLINE, freeBytes: () => Promise.resolve(free) });
    expect(check('disk space').status).toBe(status);
  });

  it('measures the space where the data folder will be', async () => {
    const { env, directory } = await emptyFolder();
    const { check } = await diagnose({ ...env, DATABASE_URL: `file:${directory}/a/b/troupe.db` }, OFFLINE);
    expect(check('disk space').message).toMatch(/^[\d.]+ \w+ free for .*\/a\/b$/);
  });

  it('tells where the price file is wrong, and that it is not there', async () => {
    const { env, directory } = await emptyFolder();
    const PRICES_FILE = `${directory}/prices.yaml`;
    const missing = (await diagnose({ ...env, PRICES_FILE }, OFFLINE)).check('prices');
    expect(missing).toMatchObject({ status: 'error', remedy: 'PRICES_FILE names it.' });
    await writeFile(PRICES_FILE, 'openai:\n  gpt-4o: cheap\n');
    const { status, message } = (await diagnose({ ...env, PRICES_FILE }, OFFLINE)).check('prices');
    expect(status).toBe('error');
    expect(message).toContain(`${PRICES_FILE}:`);
  });

  it('shows what a check throws that should not, and goes on', async () => {
    const { env } = await emptyFolder();
    const freeBytes = () => Promise.reject(new Error('out of order'));
    const { check } = await diagnose(env, { ...OFFLINE, freeBytes });
    expect(check('disk space')).toMatchObject({
      status: 'error',
      message: 'the check itself failed: out of order',
    });
    expect(check('prices').status).toBe('ok');
  });

  it('gives up a check that does not end, and goes on', async () => {
    const { env } = await emptyFolder();
    const freeBytes = () => new Promise<number>(() => undefined);
    const { check } = await diagnose(env, { ...OFFLINE, freeBytes, timeout: 50 });
    expect(check('disk space')).toMatchObject({ status: 'error', message: 'no answer within 0.05 s' });
    expect(check('prices').status).toBe('ok');
  });
});

describe('the database', () => {
  it('is not made where there is none, nor is a key, and that is fine', async () => {
    const { directory, env } = await emptyFolder();
    const { check, code } = await diagnose(env, OFFLINE);
    expect(check('database')).toMatchObject({ status: 'ok' });
    expect(check('database').message).toContain('there is none at');
    expect(check('key').message).toContain('there is none at');
    expect(check('agents')).toMatchObject({ status: 'skipped', message: 'there is no database yet' });
    expect(code).toBe(0);
    expect(await readdir(directory)).toEqual([]);
  });

  it('is in order with its schema and its secrets, and stays as it was', async () => {
    const stage = await setTable();
    const { env, directory } = stage;
    const everything = () => [
      stage.rows('SELECT * FROM agents'),
      stage.rows('SELECT * FROM "_prisma_migrations"'),
      stage.rows('SELECT * FROM sqlite_master'),
    ];
    const before = everything();
    const files = await readdir(directory);
    const { checks } = await diagnose(env, OFFLINE);
    expect(
      checks.filter(({ group }) => group === 'Database').map(({ name, status }) => [name, status]),
    ).toEqual([
      ['database', 'ok'],
      ['schema', 'ok'],
      ['integrity', 'ok'],
      ['key', 'ok'],
      ['stored secrets', 'ok'],
      ['host', 'ok'],
    ]);
    expect(everything()).toEqual(before);
    expect(await readdir(directory)).toEqual(files);
  });

  it.each([
    [
      'is behind',
      'DELETE FROM "_prisma_migrations" WHERE migration_name LIKE \'%llm%\'',
      'warning',
      'pending',
    ],
    [
      'is ahead',
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, finished_at) VALUES ('x', 'x', '29991231_later', 1)`,
      'error',
      '29991231_later',
    ],
    ['is half-way', 'UPDATE "_prisma_migrations" SET finished_at = NULL', 'error', 'not finished'],
  ])('tells when the schema %s, and leaves it', async (_, sql, status, words) => {
    const stage = await setTable();
    stage.exec(sql);
    const before = stage.rows('SELECT * FROM "_prisma_migrations"');
    const { check } = await diagnose(stage.env, OFFLINE);
    expect(check('schema')).toMatchObject({ status });
    expect(check('schema').message).toContain(words);
    expect(check('agents').message).toBe('the schema of the database is not that of this version');
    expect(stage.rows('SELECT * FROM "_prisma_migrations"')).toEqual(before);
  });

  it('lacks every migration while it is empty, and stays empty', async () => {
    const { directory, env } = await emptyFolder();
    await writeFile(`${directory}/troupe.db`, '');
    const { check } = await diagnose(env, OFFLINE);
    expect(check('schema')).toMatchObject({ status: 'warning' });
    expect((await stat(`${directory}/troupe.db`)).size).toBe(0);
    expect(await readdir(directory)).toEqual(['troupe.db']);
  });

  it('tells when the file is no database', async () => {
    const { directory, env } = await emptyFolder();
    await writeFile(`${directory}/troupe.db`, 'Dear diary, '.repeat(1_000));
    const { check } = await diagnose(env, OFFLINE);
    expect(check('database')).toMatchObject({ status: 'error' });
    expect(check('database').message).toContain('file is not a database');
    expect(check('agents').message).toBe('the database cannot be read');
  });

  it('tells when the file is damaged', async () => {
    const database = await testDatabase();
    await (await database.open()).close();
    // Of a table that the doctor does not read.
    const [found] = await database.query("SELECT rootpage FROM sqlite_master WHERE name = 'guard_findings'");
    database.raw('PRAGMA wal_checkpoint(TRUNCATE)');
    const file = await open(database.file, 'r+');
    await file.write(Buffer.alloc(4_096, 0xa5), 0, 4_096, (Number(found?.['rootpage']) - 1) * 4_096);
    await file.close();
    const env = { DATABASE_URL: `file:${database.file}`, SECRET_KEY_FILE: `${database.directory}/key` };
    const { check } = await diagnose(env, OFFLINE);
    expect(check('integrity')).toMatchObject({ status: 'error' });
    expect(check('integrity').remedy).toContain('backup');
  });

  it('is left alone when its address is wrong', async () => {
    const { env } = await emptyFolder();
    const { check, out } = await diagnose({ ...env, DATABASE_URL: 'oracle://me:hush@there/db' }, OFFLINE);
    expect(check('database')).toMatchObject({ status: 'skipped', message: 'DATABASE_URL is wrong' });
    expect(out).not.toContain('hush');
  });

  it.each(['mysql', 'postgresql'])('is told to be out of reach: %s', async (scheme) => {
    const { env } = await emptyFolder();
    const { check, out } = await diagnose(
      { ...env, DATABASE_URL: `${scheme}://me:hush@127.0.0.1:9/db` },
      OFFLINE,
    );
    expect(check('database')).toMatchObject({ status: 'error' });
    expect(check('database').message).toContain('cannot reach');
    expect(check('database').message).toContain('127.0.0.1:9');
    expect(out).not.toContain('hush');
  });

  it('tells whether a host runs on it', async () => {
    const stage = await setStage();
    const bot = stage.discord.addBot({ username: 'helper' });
    await stage.addAgent({ name: 'Helper', token: bot.token });
    expect((await diagnose(stage.env, OFFLINE)).check('host').message).toBe('no host runs any agent');
    await stage.start();
    await stage.untilAgent('Helper', 'ready');
    const { check, code } = await diagnose(stage.env, OFFLINE);
    expect(check('host')).toMatchObject({ status: 'ok' });
    expect(check('host').message).toContain('1 of 1 agents');
    expect(code).toBe(0);
  });

  it('warns of bots whose host was killed', async () => {
    const stage = await setTable();
    const { agents } = stage.database;
    const [agent] = await agents.list();
    await agents.saveStatus(new Map([[agent?.id ?? '', { state: 'ready', reason: '' }]]));
    expect((await diagnose(stage.env, OFFLINE)).check('host')).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('Helper') as string,
      remedy: expect.stringContaining('npm start') as string,
    });
  });
});

describe('the secret key', () => {
  it.skipIf(process.platform === 'win32')('is its owner’s alone, or there is a warning', async () => {
    const { env, key } = await setTable();
    await chmod(key, 0o640);
    const { check } = await diagnose(env, OFFLINE);
    expect(check('key')).toMatchObject({ status: 'warning', remedy: `chmod 600 ${key}` });
    expect((await stat(key)).mode & 0o777).toBe(0o640);
  });

  it('is missed where something was encrypted with it, and none is made', async () => {
    const { env, key, directory } = await setTable();
    await rm(key);
    const { check, code } = await diagnose(env, OFFLINE);
    expect(check('key')).toMatchObject({ status: 'error' });
    expect(check('key').remedy).toContain('Restore the file');
    expect(check('agents')).toMatchObject({ status: 'skipped' });
    expect(code).toBe(1);
    expect(await readdir(directory)).not.toContain('secret.key');
  });

  it('is not missed where nothing was, and none is made', async () => {
    const stage = await setStage();
    await stage.addAgent({ name: 'Helper' });
    const key = stage.env['SECRET_KEY_FILE'] ?? '';
    await rm(key);
    const { check } = await diagnose(stage.env, OFFLINE);
    expect(check('key').status).toBe('ok');
    expect(check('settings', 'Agent Helper').status).toBe('ok');
    expect(await readdir(path.dirname(key))).not.toContain('secret.key');
  });

  it('is told to be another one than that of the stored secrets', async () => {
    const { env } = await setTable();
    const SECRET_KEY = Buffer.alloc(32, 9).toString('base64');
    const { check, code, out } = await diagnose({ ...env, SECRET_KEY }, OFFLINE);
    expect(check('key').status).toBe('ok');
    expect(check('stored secrets').status).toBe('error');
    expect(code).toBe(1);
    expect(out).not.toContain(SECRET_KEY);
  });

  it('is told to be none when the file holds something else', async () => {
    const { env, key } = await setTable();
    await writeFile(key, 'hush-hush');
    const { check, out } = await diagnose(env, OFFLINE);
    expect(check('stored secrets').status).toBe('error');
    expect(check('stored secrets').message).toContain(key);
    expect(out).not.toContain('hush-hush');
  });
});

it('tells of two agents with one token, by their names alone', async () => {
  const database = await testDatabase();
  const keys = [randomBytes(32), randomBytes(32)] as const;
  for (const [index, key] of keys.entries()) {
    const { agents } = await database.open({ secretKey: { key, file: '' } });
    const definition = agentDefinitionSchema.parse({ name: ['Helper', 'Twin'][index] });
    await agents.apply([{ kind: 'create', definition, token: undefined }]);
    const id = (await agents.list()).at(-1)?.id ?? '';
    await agents.apply([{ kind: 'update', id, definition, token: TOKEN }]);
  }
  const [previous, current] = keys.map((key) => key.toString('base64'));
  const env = { DATABASE_URL: `file:${database.file}` };
  const secrets = { SECRET_KEY: current ?? '', SECRET_KEY_PREVIOUS: previous ?? '' };
  const { check, code, out } = await diagnose({ ...env, ...secrets }, OFFLINE);
  expect(check('tokens')).toMatchObject({
    status: 'error',
    message: expect.stringContaining('Helper, Twin') as string,
  });
  expect(code).toBe(1);
  expect(out).not.toContain(TOKEN);
});

describe('the runtime settings', () => {
  it('are told when the host passes them over', async () => {
    const { env, database } = await setTable();
    await database.settings.set('LOG_LEVEL', 'loud');
    await database.settings.set('HTTP_PORT', '1');
    const { checks } = await diagnose(env, OFFLINE);
    expect(checks.filter(({ name }) => name === 'runtime settings')).toMatchObject([
      { status: 'warning', message: expect.stringContaining('unset HTTP_PORT') as string },
      { status: 'warning', message: expect.stringContaining('unset LOG_LEVEL') as string },
    ]);
  });

  it('are told when they give cause for a warning, which the rest of the settings does not', async () => {
    const { env, database } = await setTable();
    await database.settings.set('LOG_LEVEL', 'info');
    expect((await diagnose(env, OFFLINE)).check('runtime settings').status).toBe('ok');
    await database.settings.set('MAX_CONCURRENT_BOTS', '2000');
    const { check } = await diagnose(env, OFFLINE);
    expect(check('runtime settings')).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('MAX_CONCURRENT_BOTS is above') as string,
    });
  });

  it('count for agents: under a stored budget a model needs a price', async () => {
    const { env, database } = await setTable();
    const config = {
      model: 'openai-compatible:unheard-of',
      base_url: 'http://127.0.0.1:9',
      api_key: 'not-needed',
    };
    const definition = agentDefinitionSchema.parse({ name: 'Critic', type: 'llm', config });
    await database.agents.apply([{ kind: 'create', definition, token: undefined }]);
    const statusOf = async () => (await diagnose(env, OFFLINE)).check('model', 'Agent Critic').status;
    expect(await statusOf()).toBe('skipped');
    await database.settings.set('BUDGET_USD_PER_DAY', '1');
    expect(await statusOf()).toBe('error');
  });
});
