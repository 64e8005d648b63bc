import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import { migrate } from '../../src/database/migrate.ts';
import { migrationStatus, tableNames } from '../../src/database/migration-status.ts';
import { openClient } from '../../src/database/open-client.ts';
import { SecretBox } from '../../src/database/secret-box.ts';
import type { Statements } from '../../src/database/statements.ts';
import { messageOf, TroupeError } from '../../src/errors.ts';
import { silentLogger } from '../../src/observability/logger.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';
import { readModels, readTable } from '../support/database-schema.ts';
import { TEST_KEY, testDatabase, type TestDatabase } from '../support/test-database.ts';

const PRISMA = path.join(import.meta.dirname, '../../prisma');

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error('it was opened');
    },
    (error: unknown) => error,
  );

describeOnEachDatabase('migrations', (make, provider, makeNew) => {
  const MIGRATIONS = path.join(PRISMA, provider, 'migrations');

  const committedOnes = async () =>
    (await readdir(MIGRATIONS, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .toSorted();

  /** A database without tables, and statements on it. */
  async function makeEmpty() {
    const database = await makeNew();
    const { statements, close } = await openClient(database.config, { create: true });
    onTestFinished(close);
    return { database, statements };
  }

  /** A folder of migrations for one test. */
  async function folderOf(database: TestDatabase, migrations: Record<string, string>): Promise<string> {
    const folder = path.join(database.directory, 'migrations');
    for (const [name, sql] of Object.entries(migrations)) {
      await mkdir(path.join(folder, name), { recursive: true });
      await writeFile(path.join(folder, name, 'migration.sql'), sql);
    }
    await writeFile(path.join(folder, 'migration_lock.toml'), `provider = "${provider}"\n`);
    return folder;
  }

  /** The statement in this database's quotes. */
  const sql = (text: string) =>
    provider === 'mysql' ? text.replaceAll('"', '`').replaceAll('TEXT', 'INT') : text;
  const tables = async (statements: Statements) => (await tableNames(statements)).toSorted();

  it('are written down as Prisma Migrate does it', async () => {
    const { database, statements } = await makeEmpty();
    const before = Date.now();
    await migrate(statements, silentLogger);
    const rows = await database.query('SELECT * FROM _prisma_migrations ORDER BY migration_name');
    expect(rows.map((row) => row['migration_name'])).toEqual(await committedOnes());
    for (const row of rows) {
      const text = await readFile(path.join(MIGRATIONS, String(row['migration_name']), 'migration.sql'));
      expect(row).toMatchObject({
        id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string,
        checksum: createHash('sha256').update(text).digest('hex'),
        logs: null,
        rolled_back_at: null,
        applied_steps_count: '1',
      });
      const [startedAt, finishedAt] = [row['started_at'], row['finished_at']].map((at) =>
        Date.parse(at ?? ''),
      );
      expect(startedAt).toBeGreaterThanOrEqual(before);
      expect(finishedAt).toBeGreaterThanOrEqual(startedAt ?? Infinity);
      expect(finishedAt).toBeLessThanOrEqual(Date.now());
    }
  });

  it('are applied once, and each is logged', async () => {
    const database = await makeNew();
    const logger = collectingLogger();
    await (await database.open({ logger })).close();
    const rows = await database.query('SELECT * FROM _prisma_migrations');
    await database.open({ logger });
    expect(await database.query('SELECT * FROM _prisma_migrations')).toEqual(rows);
    expect(logger.lines.flatMap((line) => line['migration'] ?? [])).toEqual(await committedOnes());
  });

  it('that are applied, pending, unknown or unfinished can be told, and nothing is changed', async () => {
    const { database, statements } = await makeEmpty();
    const folder = await folderOf(database, { '1_one': sql('CREATE TABLE "one" ("a" TEXT);\n') });
    const none = { applied: [], pending: [], unknown: [], unfinished: [] };
    expect(await migrationStatus(statements, folder)).toEqual({ ...none, pending: ['1_one'] });
    expect(await tables(statements)).toEqual([]);
    await migrate(statements, silentLogger, folder);
    expect(await migrationStatus(statements, folder)).toEqual({ ...none, applied: ['1_one'] });
    await folderOf(database, { '2_two': sql('CREATE TABLE "two" ("a" TEXT);\n') });
    expect(await migrationStatus(statements, folder)).toEqual({
      ...none,
      applied: ['1_one'],
      pending: ['2_two'],
    });
    await database.query(`UPDATE _prisma_migrations SET finished_at = NULL, migration_name = '0_zero'`);
    expect(await migrationStatus(statements, folder)).toEqual({
      applied: [],
      pending: ['1_one', '2_two'],
      unknown: ['0_zero'],
      unfinished: ['0_zero'],
    });
  });

  it('are applied from the oldest to the newest, whatever was there before', async () => {
    const { database, statements } = await makeEmpty();
    const first = { '20260101000000_one': sql('-- CreateTable\nCREATE TABLE "one" ("a;b" TEXT);\n') };
    await migrate(statements, silentLogger, await folderOf(database, first));
    const later = {
      '20260301000000_three': sql('ALTER TABLE "two" ADD COLUMN "c" TEXT;\r\n-- Done;\r\n'),
      '20260201000000_two': sql(
        '-- One;\nCREATE TABLE "two" ("a" TEXT);\n\n-- Two\nCREATE INDEX "two_a" ON "two"("a");',
      ),
    };
    const applied = await migrate(statements, silentLogger, await folderOf(database, { ...first, ...later }));
    expect(applied).toEqual(['20260201000000_two', '20260301000000_three']);
    expect(await tables(statements)).toEqual(['_prisma_migrations', 'one', 'two']);
    const { columns } = await readTable(database, 'two');
    expect(columns.map(({ name }) => name)).toEqual(['a', 'c']);
  });

  it.skipIf(provider === 'mysql')('are applied all or none', async () => {
    const { database, statements } = await makeEmpty();
    const folder = await folderOf(database, {
      '1_good': 'CREATE TABLE "good" ("a" TEXT);\n',
      '2_bad': 'CREATE TABLE "half" ("a" TEXT);\nCREATE TABLE oops oops;\n',
    });
    await expect(migrate(statements, silentLogger, folder)).rejects.toThrow();
    expect(await tables(statements)).toEqual([]);
  });

  it('refuse in words a database that is newer than the program, and change nothing', async () => {
    const database = await makeNew();
    await (await database.open()).close();
    await database.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ('x', 'x', '29990101000000_from_the_future', ${provider === 'sqlite' ? '1' : "'2999-01-01'"}, 1)`,
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

  it('refuse in words a database whose migration Prisma Migrate began and did not finish', async () => {
    const database = await makeNew();
    await (await database.open()).close();
    await database.query(`UPDATE _prisma_migrations SET finished_at = NULL, logs = 'it failed'`);
    const error = await failureOf(database.open());
    expect(messageOf(error)).toContain((await committedOnes())[0]);
    expect(messageOf(error)).toMatch(/not finished/);
    expect(error).toMatchObject({
      retryable: false,
      remedy: expect.stringContaining('migrate resolve') as string,
    });
  });

  it('are applied again when they were rolled back', async () => {
    const { database, statements } = await makeEmpty();
    const folder = await folderOf(database, {
      '1_one': sql('CREATE TABLE IF NOT EXISTS "one" ("a" TEXT);\n'),
    });
    await migrate(statements, silentLogger, folder);
    await database.query('DROP TABLE one');
    await database.query('UPDATE _prisma_migrations SET finished_at = NULL, rolled_back_at = started_at');
    await migrate(statements, silentLogger, folder);
    expect(await tables(statements)).toEqual(['_prisma_migrations', 'one']);
    expect(await database.query('SELECT count(*) AS total FROM _prisma_migrations')).toEqual([
      { total: '2' },
    ]);
  });

  describe.runIf(provider === 'mysql')(
    'that a process left half-done, where each statement is committed',
    () => {
      const TWO =
        'CREATE TABLE `one` (`a` INT);\nCREATE TABLE `two` (`a` INT);\nCREATE TABLE `three` (`a` INT);\n';

      /** Applies the first statements of the migration, and writes down less or more of that. */
      async function leaveHalfDone(done: number, written: number) {
        const { database, statements } = await makeEmpty();
        const folder = await folderOf(database, { '1_two': TWO });
        await migrate(statements, silentLogger, folder);
        for (const table of ['one', 'two', 'three'].slice(done)) await database.query(`DROP TABLE ${table}`);
        await database.query(
          `UPDATE _prisma_migrations SET finished_at = NULL, applied_steps_count = ${written}`,
        );
        return { database, statements, folder };
      }

      it.each([0, 1, 2, 3])('are gone on with after statement %d', async (done) => {
        const { database, statements, folder } = await leaveHalfDone(done, done);
        await migrate(statements, silentLogger, folder);
        expect(await tables(statements)).toEqual(['_prisma_migrations', 'one', 'three', 'two']);
        expect(
          await database.query(
            'SELECT applied_steps_count AS steps, finished_at IS NULL AS open FROM _prisma_migrations',
          ),
        ).toEqual([{ steps: '1', open: '0' }]);
      });

      it.each([1, 2, 3])('are gone on with when statement %d was done and not written down', async (done) => {
        const { statements, folder } = await leaveHalfDone(done, done - 1);
        await migrate(statements, silentLogger, folder);
        expect(await tables(statements)).toEqual(['_prisma_migrations', 'one', 'three', 'two']);
      });

      it('are not gone on with past a statement that was done by somebody else', async () => {
        const { statements, folder } = await leaveHalfDone(2, 0);
        await expect(migrate(statements, silentLogger, folder)).rejects.toThrow();
        expect(await tables(statements)).toEqual(['_prisma_migrations', 'one', 'two']);
      });

      it('are not gone on with when they are others by now', async () => {
        const { database, statements, folder } = await leaveHalfDone(1, 1);
        await folderOf(database, { '1_two': `${TWO}-- changed\n` });
        await expect(migrate(statements, silentLogger, folder)).rejects.toThrow(/not finished/);
      });
    },
  );

  it('of this version keep all that is in a database of the version before, and its agents behave as before', async () => {
    const { database, statements } = await makeEmpty();
    const [first = ''] = await committedOnes();
    const text = await readFile(path.join(MIGRATIONS, first, 'migration.sql'), 'utf8');
    await migrate(statements, silentLogger, await folderOf(database, { [first]: text }));
    const sealed = new SecretBox(TEST_KEY).seal('the token', 'old');
    const at = new Date(Date.UTC(2026, 10, 20));
    const rows: Record<string, readonly (string | number | boolean | Date | null)[]> = {
      agents: [
        ...['old', 'Old', 'old', true, 'echo', sealed, 'f', true, false, false],
        ...['["1"]', '["2"]', '{"prefix":"> "}', '3', '4', 'Old#1', 'ready', '', at, at, at],
      ],
      gateway_sessions: ['old', 0, 1, '3', 's', 'u', true, 9, at],
      identifies: ['i', '3', at],
      exchanges: ['e', 'old', 'm', 'c', null, 'u', 'delivered', 'mention', 'q', at, at],
    };
    for (const [table, values] of Object.entries(rows)) {
      await statements.run(`INSERT INTO ${table} VALUES (${values.map(() => '?').join(', ')})`, values);
    }
    const stored = async () => {
      const all = Object.keys(rows).map((table) => database.query(`SELECT * FROM ${table}`));
      return (await Promise.all(all)).map(([row]) => row);
    };
    const before = await stored();

    const { agents, memory, sessions } = await database.open();
    expect(await stored()).toMatchObject(before);
    const [agent] = await agents.list();
    expect(agent).toEqual({
      ...agentDefinitionSchema.parse({ name: 'Old', guildWhitelist: ['1'], channelWhitelist: ['2'] }),
      config: { prefix: '> ' },
      id: 'old',
      sealedToken: sealed,
      identity: { applicationId: '3', userId: '4', username: 'Old#1' },
      status: { state: 'ready', reason: '' },
      version: 1,
      pausedAt: undefined,
      presence: undefined,
      createdAt: at,
      updatedAt: at,
    });
    expect(agent && agents.openToken(agent)).toBe('the token');
    expect(await sessions.load('old')).toHaveLength(1);
    expect(await memory.recall({ agentId: 'old', userId: 'u', scope: '' }, 1)).toMatchObject({ turns: [] });
  });

  it('that are left to do are done once when several processes start at once on the version before', async () => {
    const { database, statements } = await makeEmpty();
    const [first = '', ...later] = await committedOnes();
    const text = await readFile(path.join(MIGRATIONS, first, 'migration.sql'), 'utf8');
    await migrate(statements, silentLogger, await folderOf(database, { [first]: text }));
    const results = await race(database, ['one', 'two', 'three']);
    expect(results.map(({ error }) => error)).toEqual(['', '', '']);
    expect(results.map(({ migrations }) => migrations).toSorted()).toEqual([0, 0, later.length]);
  });

  /** Forks the processes and lets them go together; what each tells in the end. */
  async function race(
    database: TestDatabase,
    names: readonly string[],
  ): Promise<{ error: string; migrations: number }[]> {
    const script = new URL('../support/open-database-process.ts', import.meta.url);
    const keyFile = path.join(database.directory, 'secret.key');
    const children = names.map((name): ChildProcess =>
      fork(script, [database.url, keyFile, name], {
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

  it('are applied once when several processes start at once on nothing, which end up with one key', async () => {
    const database = await makeNew();
    const names = ['one', 'two', 'three'];
    const committed = await committedOnes();
    const results = await race(database, names);
    expect(results.map(({ error }) => error)).toEqual(['', '', '']);
    expect(results.map(({ migrations }) => migrations).toSorted()).toEqual([0, 0, committed.length]);
    const applied = await database.query('SELECT migration_name AS name FROM _prisma_migrations ORDER BY 1');
    expect(applied.map(({ name }) => name)).toEqual(committed);
    const { agents } = await database.open({
      secretKey: { file: path.join(database.directory, 'secret.key') },
    });
    const tokens = (await agents.list()).map((agent) => agents.openToken(agent));
    expect(tokens.toSorted()).toEqual(names.map((name) => `token of ${name}`).toSorted());
    expect((await readdir(database.directory)).filter((name) => name.startsWith('secret'))).toEqual([
      'secret.key',
    ]);
  });

  it('make the schema that Prisma works with: tables, columns, types, keys, indexes and relations', async () => {
    const { database, statements } = await makeEmpty();
    await migrate(statements, silentLogger);
    const models = readModels(await readFile(path.join(PRISMA, provider, 'schema.prisma'), 'utf8'), provider);
    expect(models.map(({ table }) => table).toSorted()).toEqual(
      (await tables(statements)).filter((name) => name !== '_prisma_migrations'),
    );
    for (const model of models) expect(await readTable(database, model.table)).toEqual(model);
  });

  it('make a schema that takes and gives back every field of every model', async () => {
    const database = await make();
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
      version: 3,
      pausedAt: at,
      presence: '{"status":"idle"}',
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
      attempts: 2,
      message: '{}',
      answer: null,
      posted: '1 2',
      admittedAt: at,
      answeredAt: at,
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
    const lease = {
      agentId: 'a',
      hostId: 'h',
      processId: 'p',
      proof: '',
      hostName: 'n',
      fence: 2n ** 62n,
      expiresAt: at,
    };
    const seen = { agentId: 'a', messageId: '1', updatedAt: at };
    const erasure = { id: 'e', subject: 's', counts: '{}', at };
    const setting = { name: 'LOG_LEVEL', value: 'info', updatedAt: at };
    const adminUser = {
      id: 'u',
      name: 'Ada',
      nameKey: 'ada',
      role: 'admin',
      passwordHash: '$argon2id$',
      failedLogins: 2,
      lockedUntil: at,
      createdAt: at,
      updatedAt: at,
    };
    const adminSession = {
      id: 's',
      adminUserId: 'u',
      tokenHash: 't',
      address: '::1',
      userAgent: 'x',
      createdAt: at,
      lastUsedAt: at,
      expiresAt: at,
    };
    const apiToken = {
      id: 't',
      adminUserId: 'u',
      name: 'n',
      tokenHash: 't',
      role: 'viewer',
      scopes: 'agents usage',
      createdAt: at,
      lastUsedAt: null,
      expiresAt: at,
    };
    const auditEntry = {
      sequence: 2n ** 62n,
      at,
      actorKind: 'cli',
      actorId: 'a',
      actorName: 'n',
      action: 'agent.update',
      subjectKind: 'agent',
      subjectId: 'a',
      stateBefore: null,
      stateAfter: '{}',
      hash: 'h',
    };
    const botCommand = {
      id: 'c',
      agentId: 'a',
      kind: 'say',
      payload: '{}',
      requestedBy: 'cli',
      requestedAt: at,
      expiresAt: at,
      takenAt: null,
      attempts: 1,
      state: 'pending',
      result: '',
      finishedAt: null,
    };
    const incident = {
      id: 'i',
      agentId: null,
      hostId: 'h',
      component: 'database',
      severity: 'transient',
      reason: 'r',
      message: 'm',
      action: 'retry',
      attempts: 2,
      startedAt: at,
      lastAt: at,
      endedAt: null,
      helped: false,
    };
    const idempotencyKey = { id: 'k', requestHash: 'r', status: 201, response: '{}', createdAt: at };
    await client.agent.create({ data: agent });
    await client.gatewaySession.create({ data: session });
    await client.exchange.create({ data: exchange });
    await client.identify.create({ data: identify });
    await client.memory.create({ data: memory });
    await client.memoryTurn.create({ data: turn });
    await client.modelCall.create({ data: modelCall });
    await client.budgetCounter.create({ data: counter });
    await client.guardFinding.create({ data: finding });
    await client.botLease.create({ data: lease });
    await client.lastSeen.create({ data: seen });
    await client.erasure.create({ data: erasure });
    await client.setting.create({ data: setting });
    await client.adminUser.create({ data: adminUser });
    await client.adminSession.create({ data: adminSession });
    await client.apiToken.create({ data: apiToken });
    await client.auditEntry.create({ data: auditEntry });
    await client.botCommand.create({ data: botCommand });
    await client.incident.create({ data: incident });
    await client.idempotencyKey.create({ data: idempotencyKey });
    expect(await client.adminUser.findMany()).toEqual([adminUser]);
    expect(await client.adminSession.findMany()).toEqual([adminSession]);
    expect(await client.apiToken.findMany()).toEqual([apiToken]);
    expect(await client.auditEntry.findMany()).toEqual([auditEntry]);
    expect(await client.botCommand.findMany()).toEqual([botCommand]);
    expect(await client.incident.findMany()).toEqual([incident]);
    expect(await client.idempotencyKey.findMany()).toEqual([idempotencyKey]);
    expect(await client.botLease.findMany()).toEqual([lease]);
    expect(await client.lastSeen.findMany()).toEqual([seen]);
    expect(await client.erasure.findMany()).toEqual([erasure]);
    expect(await client.setting.findMany()).toEqual([setting]);
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

it('a file that is no database is refused in words, and left as it is', async () => {
  const database = await testDatabase();
  await writeFile(database.file, 'this is a diary, not a database. '.repeat(100));
  const error = await failureOf(database.open());
  expect(messageOf(error)).toContain(database.file);
  expect(await readFile(database.file, 'utf8')).toContain('this is a diary');
});

it('the bookkeeping of migrations in SQLite is the table that Prisma Migrate makes', async () => {
  const database = await testDatabase();
  await database.open();
  const columns = database.raw('PRAGMA table_info("_prisma_migrations")');
  expect(
    columns.map(({ name, type, notnull, dflt_value, pk }) => [name, type, notnull, dflt_value, pk]),
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
});
