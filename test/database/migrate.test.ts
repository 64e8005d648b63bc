import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import { migrate } from '../../src/database/migrate.ts';
import { SecretBox } from '../../src/database/secret-box.ts';
import { messageOf, TroupeError } from '../../src/errors.ts';
import { silentLogger } from '../../src/observability/logger.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { TEST_KEY, type TestDatabase, testDatabase } from '../support/test-database.ts';

const PRISMA = path.join(import.meta.dirname, '../../prisma');
const MIGRATIONS = path.join(PRISMA, 'sqlite', 'migrations');

const committed = (await readdir(MIGRATIONS, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted();

/** A folder of migrations for one test. */
async function folderOf(database: TestDatabase, migrations: Record<string, string>): Promise<string> {
  const folder = path.join(database.directory, 'migrations');
  for (const [name, sql] of Object.entries(migrations)) {
    await mkdir(path.join(folder, name), { recursive: true });
    await writeFile(path.join(folder, name, 'migration.sql'), sql);
  }
  await writeFile(path.join(folder, 'migration_lock.toml'), 'provider = "sqlite"\n');
  return folder;
}

const tables = (database: TestDatabase) =>
  database.raw(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`).map(({ name }) => name);
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error('it was opened');
    },
    (error: unknown) => error,
  );

describe('migrations', () => {
  it('are written down as Prisma Migrate does it', async () => {
    const database = await testDatabase();
    const before = Date.now();
    await database.open();
    expect(
      database
        .raw('PRAGMA table_info("_prisma_migrations")')
        .map(({ name, type, notnull, dflt_value, pk }) => [name, type, notnull, dflt_value, pk]),
    ).toEqual([
      ['id', 'TEXT', 1, null, 1],
      ['checksum', 'TEXT', 1, null, 0],
      ['finished_at', 'DATETIME', 0, null, 0],
      ['migration_name', 'TEXT', 1, null, 0],
      ['logs', 'TEXT', 0, null, 0],
      ['rolled_back_at', 'DATETIME', 0, null, 0],
      ['started_at', 'DATETIME', 1, 'current_timestamp', 0],
      ['applied_steps_count', 'INTEGER UNSIGNED', 1, '0', 0],
    ]);
    const rows = database.raw('SELECT * FROM _prisma_migrations ORDER BY migration_name');
    expect(rows.map((row) => row['migration_name'])).toEqual(committed);
    for (const row of rows) {
      const sql = await readFile(path.join(MIGRATIONS, String(row['migration_name']), 'migration.sql'));
      expect(row).toMatchObject({
        id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string,
        checksum: createHash('sha256').update(sql).digest('hex'),
        logs: null,
        rolled_back_at: null,
        applied_steps_count: 1,
      });
      // Milliseconds since 1970, as Prisma's engine writes times into SQLite.
      expect(row['started_at']).toBeGreaterThanOrEqual(before);
      expect(row['finished_at']).toBeGreaterThanOrEqual(Number(row['started_at']));
      expect(row['finished_at']).toBeLessThanOrEqual(Date.now());
    }
  });

  it('are applied once, and each is logged', async () => {
    const database = await testDatabase();
    const logger = collectingLogger();
    await (await database.open({ logger })).close();
    const rows = database.raw('SELECT * FROM _prisma_migrations');
    await database.open({ logger });
    expect(database.raw('SELECT * FROM _prisma_migrations')).toEqual(rows);
    expect(logger.lines.map((line) => line['migration'])).toEqual(committed);
  });

  it('are applied from the oldest to the newest, whatever was there before', async () => {
    const database = await testDatabase();
    const { client } = database.client();
    const first = { '20260101000000_one': '-- CreateTable\nCREATE TABLE "one" ("a;b" TEXT);\n' };
    await migrate(client, await folderOf(database, first), silentLogger);
    const later = {
      '20260301000000_three': 'ALTER TABLE "two" ADD COLUMN "c" TEXT;\r\n-- Done;\r\n',
      '20260201000000_two':
        '-- One;\nCREATE TABLE "two" ("a" TEXT);\n\n-- Two\nCREATE INDEX "two_a" ON "two"("a");',
    };
    await migrate(client, await folderOf(database, { ...first, ...later }), silentLogger);
    expect(tables(database)).toEqual(['_prisma_migrations', 'one', 'two']);
    expect(
      database
        .raw('SELECT migration_name FROM _prisma_migrations ORDER BY rowid')
        .map((row) => row['migration_name']),
    ).toEqual(['20260101000000_one', '20260201000000_two', '20260301000000_three']);
    expect(database.raw('PRAGMA table_info("two")').map(({ name }) => name)).toEqual(['a', 'c']);
  });

  it('are applied all or none', async () => {
    const database = await testDatabase();
    const { client } = database.client();
    const folder = await folderOf(database, {
      '1_good': 'CREATE TABLE "good" ("a" TEXT);\n',
      '2_bad': 'CREATE TABLE "half" ("a" TEXT);\nCREATE TABLE oops oops;\n',
    });
    await expect(migrate(client, folder, silentLogger)).rejects.toThrow();
    expect(tables(database)).toEqual([]);
  });

  it('refuse in words a database that is newer than the program, and change nothing', async () => {
    const database = await testDatabase();
    await (await database.open()).close();
    database.raw(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ('x', 'x', '29990101000000_from_the_future', 1, 1)`,
    );
    const error = await failureOf(database.open());
    expect(error).toBeInstanceOf(TroupeError);
    expect(messageOf(error)).toContain('29990101000000_from_the_future');
    expect(messageOf(error)).toMatch(/does not know/);
    // What to do is printed from the error itself, and trying again later cannot help.
    expect(error).toMatchObject({
      retryable: false,
      remedy: expect.stringContaining('newer version') as string,
    });
  });

  it('refuse in words a database whose migration was begun and not finished', async () => {
    const database = await testDatabase();
    await (await database.open()).close();
    database.raw(`UPDATE _prisma_migrations SET finished_at = NULL`);
    const error = await failureOf(database.open());
    expect(messageOf(error)).toContain(committed[0]);
    expect(messageOf(error)).toMatch(/not finished/);
    expect(error).toMatchObject({
      retryable: false,
      remedy: expect.stringContaining('migrate resolve') as string,
    });
  });

  it('are applied again when they were rolled back', async () => {
    const database = await testDatabase();
    const { client } = database.client();
    const folder = await folderOf(database, { '1_one': 'CREATE TABLE IF NOT EXISTS "one" ("a" TEXT);\n' });
    await migrate(client, folder, silentLogger);
    database.raw('DROP TABLE one');
    database.raw('UPDATE _prisma_migrations SET finished_at = NULL, rolled_back_at = 1');
    await migrate(client, folder, silentLogger);
    expect(tables(database)).toEqual(['_prisma_migrations', 'one']);
    expect(database.raw('SELECT count(*) AS rows FROM _prisma_migrations')).toEqual([{ rows: 2 }]);
  });

  it('refuse in words a file that is no database, and leave it as it is', async () => {
    const database = await testDatabase();
    await writeFile(database.file, 'this is a diary, not a database. '.repeat(100));
    const error = await failureOf(database.open());
    expect(messageOf(error)).toContain(database.file);
    expect(await readFile(database.file, 'utf8')).toContain('this is a diary');
  });
});

describe('a database of the version before', () => {
  it('keeps all that is in it, and its agents behave as before', async () => {
    const database = await testDatabase();
    const { client } = database.client();
    const [first = ''] = committed;
    const sql = await readFile(path.join(MIGRATIONS, first, 'migration.sql'), 'utf8');
    await migrate(client, await folderOf(database, { [first]: sql }), silentLogger);
    const sealed = new SecretBox(TEST_KEY).seal('the token', 'old');
    database.raw(
      `INSERT INTO agents VALUES ('old', 'Old', 'old', 1, 'echo', '${sealed}', 'f', 1, 0, 0, '["1"]', '["2"]',
         '{"prefix":"> "}', '3', '4', 'Old#1', 'ready', '', 5, 6, 7)`,
    );
    database.raw(
      `INSERT INTO gateway_sessions VALUES ('old', 0, 1, '3', 's', 'u', 1, 9, 10);
       INSERT INTO identifies VALUES ('i', '3', 11);
       INSERT INTO exchanges VALUES ('e', 'old', 'm', 'c', NULL, 'u', 'delivered', 'mention', 'q', 12, 13)`,
    );
    const old = ['agents', 'gateway_sessions', 'identifies', 'exchanges'];
    const rows = () => old.map((table) => database.raw(`SELECT * FROM ${table}`)[0]);
    const before = rows();
    await client.$disconnect();

    const { agents, memory, sessions } = await database.open();
    expect(rows()).toMatchObject(before);
    const [agent] = await agents.list();
    expect(agent).toEqual({
      ...agentDefinitionSchema.parse({ name: 'Old', guildWhitelist: ['1'], channelWhitelist: ['2'] }),
      config: { prefix: '> ' },
      id: 'old',
      sealedToken: sealed,
      identity: { applicationId: '3', userId: '4', username: 'Old#1' },
      status: { state: 'ready', reason: '' },
      createdAt: new Date(6),
    });
    expect(agent && agents.openToken(agent)).toBe('the token');
    expect(await sessions.load('old')).toHaveLength(1);
    expect(await memory.recall({ agentId: 'old', userId: 'u', scope: '' }, 1)).toMatchObject({ turns: [] });
  });
});

describe('several processes that start at once on nothing', () => {
  /** Forks the processes and lets them go together; what each tells in the end. */
  async function race(
    database: TestDatabase,
    names: readonly string[],
  ): Promise<{ error: string; migrations: number }[]> {
    const script = new URL('../support/open-database-process.ts', import.meta.url);
    const keyFile = path.join(database.directory, 'secret.key');
    const children = names.map((name): ChildProcess =>
      fork(script, [database.file, keyFile, name], {
        execArgv: [],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      }),
    );
    await Promise.all(children.map((child) => once(child, 'message')));
    const told = children.map(
      (child) => once(child, 'message') as Promise<[{ error: string; migrations: number }]>,
    );
    const ended = children.map((child) => once(child, 'exit'));
    for (const child of children) child.send('go');
    const results = await Promise.all(told);
    await Promise.all(ended);
    return results.map(([result]) => result);
  }

  it('all succeed, apply each migration once and end up with one key', async () => {
    const database = await testDatabase();
    const names = ['one', 'two', 'three'];
    const results = await race(database, names);
    expect(results.map(({ error }) => error)).toEqual(['', '', '']);
    expect(results.map(({ migrations }) => migrations).toSorted()).toEqual([0, 0, committed.length]);
    expect(
      database.raw('SELECT migration_name AS name FROM _prisma_migrations').map(({ name }) => name),
    ).toEqual(committed);
    const { agents } = await database.open({
      secretKey: { file: path.join(database.directory, 'secret.key') },
    });
    const tokens = (await agents.list()).map((agent) => agents.openToken(agent));
    expect(tokens.toSorted()).toEqual(names.map((name) => `token of ${name}`).toSorted());
    expect((await readdir(database.directory)).filter((name) => name.startsWith('secret'))).toEqual([
      'secret.key',
    ]);
  });
});

interface Column {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
}

/** What Prisma's schema says of one table. */
interface Model {
  readonly table: string;
  readonly columns: Column[];
  readonly key: string[];
  readonly unique: string[][];
  readonly indexes: string[][];
}

const SQL_TYPES: Readonly<Record<string, string>> = {
  String: 'TEXT',
  Boolean: 'BOOLEAN',
  Int: 'INTEGER',
  BigInt: 'BIGINT',
  Float: 'REAL',
  DateTime: 'DATETIME',
  Json: 'JSONB',
  Bytes: 'BLOB',
};

/** Reads as much of a Prisma schema as ours uses. */
function readModels(schema: string): Model[] {
  return Array.from(schema.matchAll(/^model \w+ \{\n(.*?)^\}/gms), ([, body = '']) => {
    const lines = body
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('//'));
    const fields = lines
      .filter((line) => !line.startsWith('@@'))
      .map((line) => {
        const [field = '', type = ''] = line.split(/\s+/);
        const column = /@map\("(\w+)"\)/.exec(line)?.[1] ?? field;
        return { field, column, type: type.replace('?', ''), required: !type.endsWith('?'), line };
      })
      .filter(({ type }) => type in SQL_TYPES);
    const columnOf = (field: string) => fields.find((one) => one.field === field)?.column ?? field;
    const lists = (attribute: string) =>
      lines.flatMap((line) => {
        const names = new RegExp(`^@@${attribute}\\(\\[([^\\]]+)\\]`).exec(line)?.[1];
        return names === undefined ? [] : [names.split(',').map((name) => columnOf(name.trim()))];
      });
    const marked = (attribute: string) =>
      fields.filter(({ line }) => new RegExp(`@${attribute}\\b`).test(line)).map(({ column }) => column);
    return {
      table: /^@@map\("(\w+)"\)/m.exec(lines.join('\n'))?.[1] ?? '',
      columns: fields.map(({ column, type, required }) => ({
        name: column,
        type: SQL_TYPES[type] ?? '',
        required,
      })),
      key: lists('id')[0] ?? marked('id'),
      unique: [...marked('unique').map((column) => [column]), ...lists('unique')],
      indexes: lists('index'),
    };
  });
}

/** What the database says of one table. */
function readTable(database: TestDatabase, table: string): Model {
  const info = database.raw(`PRAGMA table_info("${table}")`);
  const indexes = database
    .raw(`PRAGMA index_list("${table}")`)
    .filter(({ origin }) => origin === 'c')
    .map((index) => ({
      unique: index['unique'] === 1,
      columns: database.raw(`PRAGMA index_info("${String(index['name'])}")`).map(({ name }) => String(name)),
    }));
  return {
    table,
    columns: info.map(({ name, type, notnull }) => ({
      name: String(name),
      type: String(type),
      required: notnull === 1,
    })),
    key: info
      .filter(({ pk }) => Number(pk) > 0)
      .toSorted((a, b) => Number(a['pk']) - Number(b['pk']))
      .map(({ name }) => String(name)),
    unique: indexes.filter(({ unique }) => unique).map(({ columns }) => columns),
    indexes: indexes.filter(({ unique }) => !unique).map(({ columns }) => columns),
  };
}

describe('the schema that the migrations make', () => {
  it('is the one that Prisma works with: tables, columns, types, keys and indexes', async () => {
    const models = readModels(await readFile(path.join(PRISMA, 'sqlite', 'schema.prisma'), 'utf8'));
    const database = await testDatabase();
    await database.open();
    expect(models.map(({ table }) => table).toSorted()).toEqual(
      tables(database).filter((name) => name !== '_prisma_migrations'),
    );
    const sorted = (model: Model): Model => ({
      ...model,
      columns: model.columns.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      unique: model.unique.toSorted(),
      indexes: model.indexes.toSorted(),
    });
    for (const model of models) expect(sorted(readTable(database, model.table))).toEqual(sorted(model));
  });

  it('takes and gives back every field of every model', async () => {
    const database = await testDatabase();
    await database.open();
    const { client } = database.client();
    const at = new Date('2026-11-20T12:34:56.789Z');
    const agent = {
      id: 'a',
      name: 'A',
      nameKey: 'a',
      enabled: true,
      type: 'echo',
      discordToken: 'sealed',
      tokenFingerprint: 'f',
      respondToDm: true,
      respondToEveryone: false,
      respondWithoutMention: true,
      guildWhitelist: ['1'],
      channelWhitelist: [],
      allowedUsers: ['2'],
      allowedRoles: [],
      rateLimit: 5,
      config: { a: [1, { b: null }] },
      applicationId: '1',
      botUserId: '2',
      botUsername: 'x',
      state: 'ready',
      stateReason: 'why',
      stateChangedAt: at,
      createdAt: at,
      updatedAt: at,
    };
    const session = {
      agentId: 'a',
      shardId: 0,
      shardCount: 1,
      applicationId: '1',
      sessionId: 's',
      resumeUrl: 'u',
      messageContent: false,
      sequence: 7,
      updatedAt: at,
    };
    const exchange = {
      id: 'e',
      agentId: 'a',
      messageId: 'm',
      channelId: 'c',
      guildId: null,
      userId: 'u',
      state: 'admitted',
      reason: 'mention',
      question: 'q',
      admittedAt: at,
      finishedAt: null,
    };
    const identify = { id: 'i', applicationId: '1', at };
    const memory = {
      id: 'm',
      agentId: 'a',
      userId: 'u',
      scope: 'dm',
      summary: 's',
      summaryUntil: 'e',
      createdAt: at,
      updatedAt: at,
    };
    const turn = { memoryId: 'm', exchangeId: 'e', question: 'q', answer: 'a', at };
    const modelCall = {
      id: 'c',
      agentId: 'a',
      userId: 'u',
      guildId: null,
      exchangeId: 'e',
      purpose: 'answer',
      provider: 'openai',
      model: 'gpt-4o',
      inputTokens: 2_147_483_647,
      cachedTokens: 2,
      outputTokens: 3,
      counted: true,
      nanoUsd: 2n ** 62n,
      latencyMs: 4,
      outcome: 'complete',
      at,
    };
    const counter = { scope: 'host', day: '2026-11-20', nanoUsd: 2n ** 62n, tokens: 2n ** 61n };
    const finding = {
      id: 'f',
      agentId: 'a',
      exchangeId: 'e',
      userId: 'u',
      rule: 'r',
      action: 'warned',
      source: 'text',
      at,
    };
    await client.agent.create({ data: agent });
    await client.gatewaySession.create({ data: session });
    await client.exchange.create({ data: exchange });
    await client.identify.create({ data: identify });
    await client.memory.create({ data: memory });
    await client.memoryTurn.create({ data: turn });
    await client.modelCall.create({ data: modelCall });
    await client.budgetCounter.create({ data: counter });
    await client.guardFinding.create({ data: finding });
    expect(await client.agent.findMany()).toEqual([{ ...agent, blockedUsers: null }]);
    expect(await client.gatewaySession.findMany()).toEqual([session]);
    expect(await client.exchange.findMany()).toEqual([exchange]);
    expect(await client.identify.findMany()).toEqual([identify]);
    expect(await client.memory.findMany()).toEqual([memory]);
    expect(await client.memoryTurn.findMany()).toEqual([turn]);
    expect(await client.modelCall.findMany()).toEqual([modelCall]);
    expect(await client.budgetCounter.findMany()).toEqual([counter]);
    expect(await client.guardFinding.findMany()).toEqual([finding]);
  });
});
