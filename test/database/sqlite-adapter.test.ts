import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { PrismaClient } from '../../src/database/generated/sqlite/client.ts';
import { testDatabase } from '../support/test-database.ts';
import { turns } from '../support/turns.ts';

async function setUp(name?: string) {
  const database = await testDatabase(name);
  await database.open();
  return { database, client: database.client().client };
}

const identify = (id: string, at = new Date(0)) => ({ id, applicationId: '1', at });

async function pragmas(client: PrismaClient): Promise<unknown> {
  const read = async (name: string) => {
    const [row] = await client.$queryRawUnsafe<Record<string, unknown>[]>(`PRAGMA ${name}`);
    const [value] = Object.values(row ?? {});
    return typeof value === 'bigint' ? Number(value) : value;
  };
  return {
    journal: await read('journal_mode'),
    synchronous: await read('synchronous'),
    foreignKeys: await read('foreign_keys'),
  };
}

/** `synchronous`: 1 is NORMAL. */
const AS_PROMISED = { journal: 'wal', synchronous: 1, foreignKeys: 1 };

describe('a SQLite connection', () => {
  it('keeps its settings, also after a transaction, one that failed and many statements', async () => {
    const { client } = await setUp();
    expect(await pragmas(client)).toEqual(AS_PROMISED);
    await client.$transaction(async (transaction) => {
      await transaction.identify.create({ data: identify('1') });
    });
    expect(await pragmas(client)).toEqual(AS_PROMISED);
    await expect(client.$transaction(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await pragmas(client)).toEqual(AS_PROMISED);
    for (let count = 1; count <= 250; count++) {
      await client.identify.findMany({ where: { id: { in: Array.from({ length: count }, String) } } });
    }
    expect(await pragmas(client)).toEqual(AS_PROMISED);
  });

  it('keeps a write that is made beside an open transaction when that one is rolled back', async () => {
    const { client, database } = await setUp();
    const held = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    const transaction = client.$transaction(async (inner) => {
      await inner.identify.create({ data: identify('inside') });
      begun.resolve(undefined);
      await held.promise;
      throw new Error('rolled back');
    });
    await begun.promise;
    const beside = client.identify.create({ data: identify('beside') });
    held.resolve(undefined);
    await expect(transaction).rejects.toThrow('rolled back');
    await beside;
    expect(database.raw('SELECT id FROM identifies')).toEqual([{ id: 'beside' }]);
  });

  it('lets others read while a transaction is open, and shows them nothing of it before its end', async () => {
    const { client, database } = await setUp();
    await client.$transaction(async (inner) => {
      await inner.identify.create({ data: identify('1') });
      expect(database.raw('SELECT id FROM identifies')).toEqual([]);
    });
    expect(database.raw('SELECT id FROM identifies')).toEqual([{ id: '1' }]);
  });

  it('sees what another connection wrote since', async () => {
    const { client, database } = await setUp();
    expect(await client.identify.count()).toBe(0);
    database.raw(`INSERT INTO identifies (id, application_id, at) VALUES ('1', '2', 1750000000123)`);
    expect(await client.identify.findMany()).toEqual([
      { id: '1', applicationId: '2', at: new Date(1_750_000_000_123) },
    ]);
  });

  it('runs transactions that are asked for at once one after the other', async () => {
    const { client } = await setUp();
    await client.identify.create({ data: identify('counter') });
    await Promise.all(
      Array.from({ length: 20 }, () =>
        client.$transaction(async (inner) => {
          const row = await inner.identify.findUniqueOrThrow({ where: { id: 'counter' } });
          await inner.identify.update({
            where: { id: 'counter' },
            data: { at: new Date(row.at.getTime() + 1) },
          });
        }),
      ),
    );
    expect((await client.identify.findUniqueOrThrow({ where: { id: 'counter' } })).at).toEqual(new Date(20));
  });

  it.each([0, 1, 999, 1_750_000_000_123, Date.UTC(2100, 0, 1), -1])(
    'keeps the time %d to the millisecond',
    async (ms) => {
      const { client } = await setUp();
      await client.identify.create({ data: identify('1', new Date(ms)) });
      expect(await client.identify.findMany({ where: { at: new Date(ms) } })).toEqual([
        identify('1', new Date(ms)),
      ]);
    },
  );

  it('tells a duplicate from any other failure', async () => {
    const { client } = await setUp();
    await client.identify.create({ data: identify('1') });
    await expect(client.identify.create({ data: identify('1') })).rejects.toMatchObject({ code: 'P2002' });
    const session = {
      agentId: 'nobody',
      shardId: 0,
      shardCount: 1,
      applicationId: '1',
      sessionId: 's',
      resumeUrl: 'u',
      messageContent: true,
      sequence: 1,
      updatedAt: new Date(),
    };
    await expect(client.gatewaySession.create({ data: session })).rejects.toMatchObject({ code: 'P2003' });
  });

  it('counts the rows that a statement changed', async () => {
    const { client } = await setUp();
    await client.identify.createMany({ data: ['1', '2', '3'].map((id) => identify(id)) });
    expect(
      await client.identify.updateMany({
        where: { id: { in: ['1', '3', '9'] } },
        data: { applicationId: '7' },
      }),
    ).toEqual({ count: 2 });
    expect(await client.identify.deleteMany({ where: { applicationId: '7' } })).toEqual({ count: 2 });
  });

  it.each(['with space.db', 'ünï 名前.db', 'a#b.db', 'a%20b.db', 'a?b.db', "quote'd.db"])(
    'opens a file that is called %s',
    async (name) => {
      const { client, database } = await setUp(name);
      await client.identify.create({ data: identify('1') });
      expect(existsSync(database.file)).toBe(true);
      expect(await client.identify.count()).toBe(1);
    },
  );

  it('loses nothing that is written after a commit that failed', async () => {
    const { client, database } = await setUp();
    const failing = client.$transaction(async (inner) => {
      await inner.$executeRawUnsafe('PRAGMA defer_foreign_keys = ON');
      await inner.$executeRawUnsafe(`INSERT INTO memory_turns VALUES ('nobody', 'e', 'q', 'a', 0)`);
    });
    const alone = client.identify.create({ data: identify('alone') });
    const together = client.$transaction([client.identify.create({ data: identify('together') })]);
    await expect(failing).rejects.toThrow();
    await Promise.all([alone, together]);
    await client.$disconnect();
    expect(database.raw('SELECT id FROM identifies')).toEqual([{ id: 'alone' }, { id: 'together' }]);
    expect(database.raw('SELECT * FROM memory_turns')).toEqual([]);
  });

  it('waits for a transaction of another connection, and holds up nothing else meanwhile', async () => {
    const { client, database } = await setUp();
    const other = database.client().client;
    const begun = Promise.withResolvers<undefined>();
    const held = Promise.withResolvers<undefined>();
    const first = other.$transaction(async (inner) => {
      await inner.identify.create({ data: identify('first') });
      begun.resolve(undefined);
      await held.promise;
    });
    await begun.promise;
    const second = client.$transaction([client.identify.create({ data: identify('second') })]);
    const alone = client.identify.create({ data: identify('alone') });
    // The turn in which the first may go on comes only if nobody stops the event loop to wait for it.
    await turns();
    held.resolve(undefined);
    const results = await Promise.allSettled([first, second, alone]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(await client.identify.count()).toBe(3);
  });

  it('never fails a transaction that reads and then writes because another wrote in between', async () => {
    const { client, database } = await setUp();
    const other = database.client().client;
    const read = Promise.withResolvers<undefined>();
    const held = Promise.withResolvers<undefined>();
    const transaction = client.$transaction(async (inner) => {
      await inner.identify.count();
      read.resolve(undefined);
      await held.promise;
      await inner.identify.create({ data: identify('inside') });
    });
    await read.promise;
    const between = other.identify.create({ data: identify('between') });
    await turns();
    held.resolve(undefined);
    const results = await Promise.allSettled([transaction, between]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  });

  it('leaves everything in the one file when it is closed, so that a copy of that is a backup', async () => {
    const database = await testDatabase();
    const host = await database.open();
    await host.identifies.record('1', new Date(0));
    await host.close();
    const copy = await testDatabase();
    await copyFile(database.file, copy.file);
    expect(copy.raw('SELECT application_id FROM identifies')).toEqual([{ application_id: '1' }]);
  });
});

it('a SQLite host loads nothing that only a server needs', async () => {
  const database = await testDatabase();
  const module = new URL('../../src/database/open-migrated.ts', import.meta.url).href;
  const config = JSON.stringify(database.config);
  const script = `
    import { createRequire } from 'node:module';
    const { openMigrated } = await import('${module}');
    const { client, close } = await openMigrated(${config}, { info() {} });
    const agents = await client.agent.count();
    await close();
    console.log(JSON.stringify([agents, ...Object.keys(createRequire('${module}').cache)]));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const [agents, ...loaded] = JSON.parse(stdout) as [number, ...string[]];
  expect(agents).toBe(0);
  expect(loaded.filter((file) => /node_modules.libsql./.test(file))).not.toEqual([]);
  expect(loaded.filter((file) => /node_modules.(pg|mariadb)\b/.test(file))).toEqual([]);
});
