import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ExchangeTable } from '../../src/database/exchange-table.ts';
import { Statements } from '../../src/database/statements.ts';
import type { Admission } from '../../src/messages/journal.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { testDatabase } from '../support/test-database.ts';
import { turns } from '../support/turns.ts';
import { uuidV7 } from '../../src/util/uuid-v7.ts';

const AT = new Date('2026-11-20T12:34:56.789Z');

function admission(messageId: string, parts: Partial<Admission> = {}): Admission {
  return {
    id: uuidV7(AT.getTime()),
    agentId: 'agent-1',
    messageId,
    channelId: '300000000000000001',
    guildId: '200000000000000001',
    userId: '100000000000000001',
    reason: 'mention',
    question: `question ${messageId}`,
    ...parts,
  };
}

const range = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1));
const OF_ALL = 'SELECT * FROM exchanges ORDER BY message_id';

/** A journal whose statements can be seen, on a database that the host has made. */
async function setUp() {
  const database = await testDatabase();
  const host = await database.open({ now: () => AT });
  const { client, adapter, statements } = database.client();
  const logger = collectingLogger();
  const journal = new ExchangeTable(new Statements(await adapter.connect()), () => AT, logger);
  const writes = () =>
    statements.filter((sql) => /^\s*(INSERT|UPDATE|DELETE|BEGIN|COMMIT|ROLLBACK)/i.test(sql));
  return { database, host, client, journal, logger, writes };
}

describe('the journal', () => {
  it('keeps all of an admission, the numbers exactly', async () => {
    const { journal, database } = await setUp();
    const big = '18446744073709551615';
    const one = admission(big, { channelId: '9007199254740993', guildId: undefined, userId: big });
    await expect(journal.admit(one)).resolves.toBe(true);
    expect(database.raw(`SELECT *, typeof(admitted_at) AS time FROM exchanges`)).toEqual([
      {
        id: one.id,
        agent_id: 'agent-1',
        message_id: big,
        channel_id: '9007199254740993',
        guild_id: null,
        user_id: big,
        state: 'admitted',
        reason: 'mention',
        question: `question ${big}`,
        admitted_at: AT.getTime(),
        finished_at: null,
        time: 'integer',
      },
    ]);
  });

  it.each([
    ['NUL', 'before\0after', 'beforeafter'],
    ['a lone surrogate', 'lone \uD83D one', 'lone \uFFFD one'],
    ['nothing', '', ''],
    ['emoji and other scripts', '😀 名前 ünï', '😀 名前 ünï'],
    ['quotes', `'; DROP TABLE exchanges; --`, `'; DROP TABLE exchanges; --`],
    ['a very long text', 'x'.repeat(500_000), 'x'.repeat(500_000)],
  ])('keeps a question with %s', async (_, question, kept) => {
    const { journal, database } = await setUp();
    await expect(journal.admit(admission('1', { question }))).resolves.toBe(true);
    expect(database.raw(OF_ALL)).toMatchObject([{ question: kept }]);
  });

  it('admits a message once for each agent', async () => {
    const { journal } = await setUp();
    await expect(journal.admit(admission('1'))).resolves.toBe(true);
    await expect(journal.admit(admission('1'))).resolves.toBe(false);
    await expect(journal.admit(admission('1', { agentId: 'agent-2' }))).resolves.toBe(true);
    await expect(journal.admit(admission('2'))).resolves.toBe(true);
  });

  it('admits one of several that come in the same turn, and loses nothing beside them', async () => {
    const { journal, database } = await setUp();
    await journal.admit(admission('1'));
    const admitted = await Promise.all(
      ['1', '2', '3', '2', '1', '4', '2'].map((id) => journal.admit(admission(id))),
    );
    expect(admitted).toEqual([false, true, true, false, false, true, false]);
    expect(database.raw(OF_ALL)).toHaveLength(4);
  });

  it('admits a message once when several write at the same time', async () => {
    const { database } = await setUp();
    const hosts = [await database.open(), await database.open(), await database.open()];
    const ids = range(60);
    const results = await Promise.all(
      ids.flatMap((id) =>
        hosts.map(async ({ journal }) => [id, await journal.admit(admission(id))] as const),
      ),
    );
    for (const id of ids) {
      expect(
        results.filter(([of, admitted]) => of === id && admitted),
        `message ${id}`,
      ).toHaveLength(1);
    }
    expect(database.raw(OF_ALL)).toHaveLength(60);
  });

  it('still knows of a message after a restart', async () => {
    const { database, host } = await setUp();
    await host.journal.admit(admission('1'));
    await host.close();
    const next = await database.open();
    await expect(next.journal.admit(admission('1'))).resolves.toBe(false);
  });

  it('writes those that come in one turn in one transaction', async () => {
    const { journal, writes, database } = await setUp();
    const admitted = await Promise.all(range(150).map((id) => journal.admit(admission(id))));
    expect(admitted).toEqual(range(150).map(() => true));
    const inserts = writes().filter((sql) => sql.startsWith('INSERT'));
    const others = writes().filter((sql) => !sql.startsWith('INSERT'));
    // One statement is a transaction by itself; several need one around them.
    expect(others).toEqual(inserts.length === 1 ? [] : ['BEGIN', 'COMMIT']);
    expect(inserts.length).toBeLessThanOrEqual(3);
    expect(database.raw(OF_ALL)).toHaveLength(150);
  });

  it('has committed a message before it says so', async () => {
    const { journal, database } = await setUp();
    await Promise.all(
      range(20).map(async (id) => {
        await journal.admit(admission(id));
        expect(database.raw(`SELECT state FROM exchanges WHERE message_id = '${id}'`)).toEqual([
          { state: 'admitted' },
        ]);
      }),
    );
  });

  it('admits in the order of asking', async () => {
    const { journal } = await setUp();
    const order: string[] = [];
    await journal.admit(admission('7'));
    await Promise.all(
      range(10).map((id) =>
        journal.admit(admission(id)).then(() => {
          order.push(id);
        }),
      ),
    );
    expect(order).toEqual(range(10));
  });

  it('does not admit what it could not write, says why, and goes on', async () => {
    const { journal, database, logger } = await setUp();
    database.raw(
      `CREATE TRIGGER broken BEFORE INSERT ON exchanges WHEN new.message_id = '2' BEGIN SELECT RAISE(FAIL, 'disk is full'); END`,
    );
    const results = await Promise.allSettled(['2', '2'].map((id) => journal.admit(admission(id))));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(journal.admit(admission('2'))).rejects.toThrow();
    void journal.ignore(admission('2', { reason: 'dm-disabled' }));
    await journal.flush();
    expect(logger.lines).toMatchObject([{ level: 'error', message: '2' }]);
    await expect(journal.admit(admission('3'))).resolves.toBe(true);
    database.raw('DROP TRIGGER broken');
    await expect(journal.admit(admission('2'))).resolves.toBe(true);
  });
});

describe('how an exchange ended', () => {
  it('is kept, with the time, and the reason of a failure', async () => {
    const { journal, database } = await setUp();
    const [good, bad, open] = [admission('1'), admission('2'), admission('3')];
    for (const one of [good, bad, open]) await journal.admit(one);
    journal.finish(good.id, { state: 'delivered' });
    journal.finish(bad.id, { state: 'failed', reason: 'channel-gone' });
    await journal.flush();
    expect(database.raw(OF_ALL)).toMatchObject([
      { state: 'delivered', reason: 'mention', finished_at: AT.getTime() },
      { state: 'failed', reason: 'channel-gone', finished_at: AT.getTime() },
      { state: 'admitted', reason: 'mention', finished_at: null },
    ]);
  });

  it('is written for all that ended alike in one statement', async () => {
    const { journal, database, writes } = await setUp();
    const all = range(40).map((id) => admission(id));
    await Promise.all(all.map((one) => journal.admit(one)));
    const before = writes().length;
    for (const { id } of all) journal.finish(id, { state: 'delivered' });
    await journal.flush();
    expect(
      writes()
        .slice(before)
        .filter((sql) => sql.startsWith('UPDATE')),
    ).toHaveLength(1);
    expect(database.raw(`SELECT DISTINCT state FROM exchanges`)).toEqual([{ state: 'delivered' }]);
  });

  it('is right also when it is told in the same turn as other admissions', async () => {
    const { journal, database } = await setUp();
    const first = admission('1');
    await journal.admit(first);
    journal.finish(first.id, { state: 'delivered' });
    await Promise.all([journal.admit(admission('2')), journal.admit(admission('1'))]);
    await journal.flush();
    expect(database.raw('SELECT message_id, state FROM exchanges ORDER BY message_id')).toEqual([
      { message_id: '1', state: 'delivered' },
      { message_id: '2', state: 'admitted' },
    ]);
  });

  it('is logged when it could not be written, and nobody waits for it', async () => {
    const { journal, database, logger } = await setUp();
    const one = admission('1');
    await journal.admit(one);
    database.raw(
      `CREATE TRIGGER broken BEFORE UPDATE ON exchanges BEGIN SELECT RAISE(FAIL, 'disk is full'); END`,
    );
    journal.finish(one.id, { state: 'delivered' });
    await journal.flush();
    expect(logger.lines).toMatchObject([{ level: 'error', exchanges: 1 }]);
  });

  it('is written down soon, without anybody asking for it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { journal, database } = await setUp();
    const one = admission('1');
    await journal.admit(one);
    journal.finish(one.id, { state: 'delivered' });
    await vi.advanceTimersByTimeAsync(1_000);
    await turns();
    expect(database.raw(OF_ALL)).toMatchObject([{ state: 'delivered' }]);
  });

  it('is committed once it was flushed, also when its writing was under way', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { journal, database, client } = await setUp();
    const one = admission('1');
    await journal.admit(one);
    const held = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    const transaction = client.$transaction(async (inner) => {
      await inner.identify.count();
      begun.resolve(undefined);
      await held.promise;
    });
    await begun.promise;
    journal.finish(one.id, { state: 'delivered' });
    await vi.advanceTimersByTimeAsync(1_000);
    const flushed = journal.flush().then(() => database.raw(OF_ALL));
    await turns();
    held.resolve(undefined);
    await transaction;
    await expect(flushed).resolves.toMatchObject([{ state: 'delivered' }]);
  });

  it('is committed when the database is closed', async () => {
    const { database, host } = await setUp();
    const one = admission('1');
    await host.journal.admit(one);
    host.journal.finish(one.id, { state: 'delivered' });
    void host.journal.ignore(admission('2', { reason: 'dm-disabled' }));
    await host.close();
    expect(database.raw(OF_ALL)).toMatchObject([{ state: 'delivered' }, { state: 'ignored' }]);
  });
});

describe('a message that is ignored', () => {
  it('is kept with its reason, and finished from the start', async () => {
    const { journal, database } = await setUp();
    void journal.ignore(admission('1', { reason: 'guild-not-allowed' }));
    await journal.flush();
    expect(database.raw(OF_ALL)).toMatchObject([
      { state: 'ignored', reason: 'guild-not-allowed', admitted_at: AT.getTime(), finished_at: AT.getTime() },
    ]);
  });

  it('is not answered when it comes again, and an answered one is not marked as ignored', async () => {
    const { journal, database, logger } = await setUp();
    void journal.ignore(admission('1', { reason: 'too-many-waiting' }));
    await expect(journal.admit(admission('1'))).resolves.toBe(false);
    await expect(journal.admit(admission('2'))).resolves.toBe(true);
    void journal.ignore(admission('2', { reason: 'too-many-waiting' }));
    await journal.flush();
    await turns();
    expect(database.raw('SELECT message_id, state FROM exchanges ORDER BY message_id')).toEqual([
      { message_id: '1', state: 'ignored' },
      { message_id: '2', state: 'admitted' },
    ]);
    expect(logger.lines).toEqual([]);
  });
});
