import { expect, it, vi } from 'vitest';
import { ExchangeTable } from '../../src/database/exchange-table.ts';
import type { Statements } from '../../src/database/statements.ts';
import { type Lease, LeaseLostError, withoutLease } from '../../src/leases/lease.ts';
import type { Reply } from '../../src/messages/journal.ts';
import { admission, leaseWith } from '../support/admission.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';
import { leaseHolder } from '../support/lease-holder.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { turns } from '../support/turns.ts';

const TTL = 600_000;
const REPLY: Reply = { pieces: ['answer'], ending: 'delivered' };
const ALL = 'SELECT * FROM exchanges ORDER BY message_id';

/** A journal, and the lease of agent-1 as the host that had it before still has it in mind. */
async function setUp(makeDatabase: () => Promise<TestDatabase>) {
  const database = await makeDatabase();
  const { leases } = await database.open();
  const { connection } = await database.connect();
  const logger = collectingLogger();
  const journal = new ExchangeTable(connection, () => new Date(), logger);
  const holder = leaseHolder();
  const fence = (await leases.claim(['agent-1'], holder, TTL)).get('agent-1') ?? 0n;
  const lease = leaseWith('agent-1', fence);
  /** Another host takes the bot over. */
  const takeOver = async (): Promise<Lease> => {
    await leases.release(new Map([['agent-1', fence]]), holder);
    const fences = await leases.claim(['agent-1'], leaseHolder(), TTL);
    return leaseWith('agent-1', fences.get('agent-1'));
  };
  return { database, leases, connection, journal, logger, lease, takeOver };
}

describeOnEachDatabase('a lease that another host has taken over', (makeDatabase, provider) => {
  it('lets nothing be written any more, and what others write in the same turn is', async () => {
    const { database, leases, journal, logger, lease, takeOver } = await setUp(makeDatabase);
    const open = admission('1');
    await journal.admit(open, lease);
    const before = await database.query(ALL);
    await takeOver();
    const fence = (await leases.claim(['agent-2'], leaseHolder(), TTL)).get('agent-2');
    const other = leaseWith('agent-2', fence);
    journal.posted(open.id, ['7'], lease);
    journal.putBack(open.id, lease);
    journal.finish(open.id, { state: 'delivered' }, lease);
    const results = await Promise.allSettled([
      journal.admit(admission('2'), lease),
      journal.begin(open.id, lease),
      journal.admit(admission('3', { agentId: 'agent-2' }), other),
      journal.stream(open.id, lease),
      journal.reply(open.id, REPLY, lease),
      journal.ignore(admission('4'), lease),
      journal.flush(),
    ]);
    const lost = { status: 'rejected', reason: expect.any(LeaseLostError) as unknown };
    expect(results).toMatchObject([
      lost,
      lost,
      { status: 'fulfilled', value: true },
      lost,
      lost,
      { status: 'fulfilled', value: false },
      { status: 'fulfilled' },
    ]);
    const [first, second, ...more] = await database.query(ALL);
    expect(first).toEqual(before[0]);
    expect(second).toMatchObject({ agent_id: 'agent-2', state: 'admitted' });
    expect(more).toEqual([]);
    // Only what could not be ignored is told; the rest is for whoever asked.
    expect(logger.lines).toMatchObject([{ message: '4' }]);
  });

  it('is nothing to the one who took it over', async () => {
    const { journal, lease, takeOver } = await setUp(makeDatabase);
    const open = admission('1', { begun: true });
    await journal.admit(open, lease);
    const present = await takeOver();
    await expect(journal.admit(admission('1'), present)).resolves.toBe(false);
    await journal.begin(open.id, present);
    await journal.reply(open.id, REPLY, present);
    expect(await journal.open('agent-1')).toMatchObject([{ id: open.id, attempts: 2, reply: REPLY }]);
  });

  it('counts as lost also where nobody ever had one, and where it is of the future', async () => {
    const { database, journal, lease } = await setUp(makeDatabase);
    const never = leaseWith('agent-3', 1n);
    const future = leaseWith('agent-1', (lease.fence ?? 0n) + 1n);
    await expect(journal.admit(admission('1', { agentId: 'agent-3' }), never)).rejects.toThrow(
      LeaseLostError,
    );
    await expect(journal.admit(admission('2'), future)).rejects.toThrow(LeaseLostError);
    expect(await database.query(ALL)).toEqual([]);
  });

  it('counts exactly, however high its fence is', async () => {
    const { database, journal } = await setUp(makeDatabase);
    const high = 9_007_199_254_740_993n;
    await database.query(`UPDATE bot_leases SET fence = ${high} WHERE agent_id = 'agent-1'`);
    await expect(journal.admit(admission('1'), leaseWith('agent-1', high - 1n))).rejects.toThrow(
      LeaseLostError,
    );
    await expect(journal.admit(admission('1'), leaseWith('agent-1', high))).resolves.toBe(true);
  });

  it('is lost as soon as its being taken over began: a write waits for that, and is refused', async () => {
    const { database, journal, lease } = await setUp(makeDatabase);
    const { connection: elsewhere } = await database.connect();
    const settled: string[] = [];
    let written: Promise<unknown> | undefined;
    await elsewhere.session(async (session) => {
      await session.run('UPDATE bot_leases SET fence = fence + 1 WHERE agent_id = ?', ['agent-1']);
      written = journal.admit(admission('1'), lease);
      written.catch(() => undefined).finally(() => settled.push('written'));
      await isBlocked(database, elsewhere, settled);
    });
    await expect(written).rejects.toThrow(LeaseLostError);
    expect(await database.query(ALL)).toEqual([]);
  });

  // On SQLite whoever writes is alone.
  it.skipIf(provider === 'sqlite')(
    'is not taken over in the middle of a write: that is waited for',
    async () => {
      const { database, journal, lease } = await setUp(makeDatabase);
      const { connection: elsewhere } = await database.connect();
      const one = admission('1');
      const settled: string[] = [];
      let written: Promise<boolean> | undefined;
      let seen: Promise<number> | undefined;
      const undone = elsewhere.session(async (session) => {
        // The write cannot go on before it is known what becomes of this.
        await session.run(
          `INSERT INTO exchanges (id, agent_id, message_id, channel_id, user_id, state, reason, question, admitted_at)
         VALUES ('other', 'agent-1', '1', '3', '1', 'admitted', 'mention', '', ?)`,
          [new Date()],
        );
        written = journal.admit(one, lease);
        written.catch(() => undefined).finally(() => settled.push('written'));
        await isBlocked(database, elsewhere, settled);
        seen = elsewhere.session(async (taking) => {
          await taking.run('UPDATE bot_leases SET fence = fence + 1 WHERE agent_id = ?', ['agent-1']);
          return (await taking.rows('SELECT id FROM exchanges WHERE id = ?', [one.id])).length;
        });
        seen.catch(() => undefined).finally(() => settled.push('taken'));
        await isBlocked(database, elsewhere, settled, 2);
        throw new Error('undone');
      });
      await expect(undone).rejects.toThrow('undone');
      expect(await written).toBe(true);
      expect(await seen).toBe(1);
      await expect(journal.admit(admission('2'), lease)).rejects.toThrow(LeaseLostError);
    },
  );
});

describeOnEachDatabase('without a lease', (makeDatabase) => {
  it('everything is written, whoever holds one, and nothing is kept for recovery', async () => {
    const { database, journal } = await setUp(makeDatabase);
    const chat = withoutLease('agent-1');
    const [one, left] = [admission('1'), admission('2', { begun: true })];
    await expect(journal.admit(one, chat)).resolves.toBe(true);
    await expect(journal.admit(left, chat)).resolves.toBe(true);
    await expect(journal.admit(admission('1'), chat)).resolves.toBe(false);
    await journal.begin(one.id, chat);
    await journal.stream(one.id, chat);
    await journal.reply(one.id, REPLY, chat);
    expect(await journal.open('agent-1')).toEqual([]);
    journal.finish(one.id, { state: 'delivered' }, chat);
    await journal.flush();
    expect(await database.query(ALL)).toMatchObject([
      { state: 'delivered', message: null },
      { state: 'admitted', message: null, question: 'question 2' },
    ]);
  });
});

/** Resolves once so many others wait for locks, or something was settled that should have waited. */
async function isBlocked(
  { provider }: TestDatabase,
  connection: Statements,
  settled: readonly string[],
  count = 1,
): Promise<void> {
  // Whoever waits there asks again and again.
  if (provider === 'sqlite') return turns(20);
  const waiting = {
    postgresql:
      "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    mysql: `SELECT t.trx_id FROM information_schema.innodb_trx t JOIN information_schema.processlist p
       ON p.id = t.trx_mysql_thread_id WHERE t.trx_state = 'LOCK WAIT' AND p.db = DATABASE()`,
  }[provider];
  const look = async (): Promise<void> => {
    const { length } = await connection.rows(waiting, []);
    if (settled.length === 0 && length < count) throw new Error(`${length} wait for locks`);
  };
  // MySQL shows the same again to whoever looks more often.
  await vi.waitFor(look, { timeout: 8_000, interval: 250 });
}
