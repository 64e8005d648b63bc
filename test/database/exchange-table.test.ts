import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, vi } from 'vitest';
import { ExchangeTable } from '../../src/database/exchange-table.ts';
import { withoutLease } from '../../src/leases/lease.ts';
import { type Admission, NotRecordedError, type Reply } from '../../src/messages/journal.ts';
import { admission, leaseWith } from '../support/admission.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';
import { leaseHolder } from '../support/lease-holder.ts';
import { refuseRows } from '../support/refuse-rows.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { turns } from '../support/turns.ts';

const AT = new Date('2026-11-20T12:34:56.789Z');
const LATER = new Date('2026-11-20T12:40:00.001Z');
const TTL = 600_000;

const CHAT = withoutLease('agent-1');
const DELIVERED = { state: 'delivered' } as const;
const REPLY: Reply = { pieces: ['first', 'second'], ending: 'delivered' };

const range = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1));
const STATES = 'SELECT message_id, state FROM exchanges ORDER BY message_id';

/** A journal whose statements can be seen, on a database that the host has made, with leases on two agents. */
async function setUp(makeDatabase: () => Promise<TestDatabase>) {
  const database = await makeDatabase();
  const host = await database.open();
  const fences = await host.leases.claim(['agent-1', 'agent-2'], leaseHolder(), TTL);
  const { connection, statements } = await database.connect();
  const logger = collectingLogger();
  const clock = { now: AT };
  const journal = new ExchangeTable(connection, () => clock.now, logger);
  const lease = leaseWith('agent-1', fences.get('agent-1'));
  const other = leaseWith('agent-2', fences.get('agent-2'));
  const writes = () =>
    statements.filter((sql) => /^\s*(INSERT|UPDATE|DELETE|BEGIN|COMMIT|ROLLBACK)/.test(sql));
  const admit = async (
    messageId: string,
    parts: Parameters<typeof admission>[1] = {},
  ): Promise<Admission> => {
    const one = admission(messageId, parts);
    expect(await journal.admit(one, lease)).toBe(true);
    return one;
  };
  const rowOf = async ({ id }: { id: string }) => {
    const [row] = await database.query(`SELECT * FROM exchanges WHERE id = '${id}'`);
    return row;
  };
  const count = async () => (await database.query('SELECT id FROM exchanges')).length;
  return { database, host, connection, journal, logger, clock, lease, other, writes, admit, rowOf, count };
}

describeOnEachDatabase('the journal', (makeDatabase) => {
  it('keeps all of an admission, the numbers exactly', async () => {
    const { journal, rowOf, lease } = await setUp(makeDatabase);
    const big = '18446744073709551615';
    const author = { id: big, name: 'ada', isBot: false, roleIds: [] };
    const message = { channelId: '9007199254740993', guildId: undefined, author };
    const one = admission(big, { message });
    await expect(journal.admit(one, lease)).resolves.toBe(true);
    expect(await rowOf(one)).toEqual({
      id: one.id,
      agent_id: 'agent-1',
      message_id: big,
      channel_id: '9007199254740993',
      guild_id: null,
      user_id: big,
      state: 'admitted',
      reason: 'mention',
      question: `question ${big}`,
      attempts: '0',
      message: expect.any(String) as string,
      answer: null,
      posted: null,
      admitted_at: AT.toISOString(),
      answered_at: null,
      finished_at: null,
    });
  });

  it.each([
    ['NUL', 'before\0after', 'beforeafter'],
    ['a lone surrogate', 'lone \uD83D one', 'lone \uFFFD one'],
    ['nothing', '', ''],
    ['emoji and other scripts', '😀 名前 ünï', '😀 名前 ünï'],
    ['white space around it', ' \n text \t ', ' \n text \t '],
    ['quotes', `'; DROP TABLE exchanges; -- ? $1 \\'`, `'; DROP TABLE exchanges; -- ? $1 \\'`],
    ['a very long text', 'x😀'.repeat(400_000), 'x😀'.repeat(400_000)],
  ])('keeps a question with %s', async (_, text, kept) => {
    const { admit, rowOf } = await setUp(makeDatabase);
    const row = await rowOf(await admit('1', { message: { text } }));
    expect(row?.['question'] === kept).toBe(true);
  });

  it('admits a message once for each agent', async () => {
    const { journal, lease, other } = await setUp(makeDatabase);
    await expect(journal.admit(admission('1'), lease)).resolves.toBe(true);
    await expect(journal.admit(admission('1'), lease)).resolves.toBe(false);
    await expect(journal.admit(admission('1', { agentId: 'agent-2' }), other)).resolves.toBe(true);
    await expect(journal.admit(admission('2'), lease)).resolves.toBe(true);
  });

  it('admits one of several that come in the same turn, and loses nothing beside them', async () => {
    const { journal, lease, admit, count } = await setUp(makeDatabase);
    await admit('1');
    const admitted = await Promise.all(
      ['1', '2', '3', '2', '1', '4', '2'].map((id) => journal.admit(admission(id), lease)),
    );
    expect(admitted).toEqual([false, true, true, false, false, true, false]);
    expect(await count()).toBe(4);
  });

  it('admits a message once when several write at the same time', async () => {
    const { database, count } = await setUp(makeDatabase);
    const hosts = [await database.open(), await database.open(), await database.open()];
    const ids = range(60);
    const results = await Promise.all(
      ids.flatMap((id) =>
        hosts.map(async ({ journal }) => [id, await journal.admit(admission(id), CHAT)] as const),
      ),
    );
    for (const id of ids) {
      expect(
        results.filter(([of, admitted]) => of === id && admitted),
        `message ${id}`,
      ).toHaveLength(1);
    }
    expect(await count()).toBe(60);
  });

  it('admits a message once when two processes are given it at the same time', async () => {
    const { database } = await setUp(makeDatabase);
    const script = new URL('../support/admit-process.ts', import.meta.url);
    const children = ['one', 'other'].map((): ChildProcess =>
      fork(script, [database.url, '300'], {
        execArgv: [],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      }),
    );
    await Promise.all(children.map((child) => once(child, 'message')));
    const told = children.map((child) => once(child, 'message') as Promise<[string[]]>);
    for (const child of children) child.send('go');
    const admitted = (await Promise.all(told)).flatMap(([ids]) => ids);
    expect(admitted.toSorted()).toEqual(range(300).toSorted());
  });

  it('still knows of a message after a restart', async () => {
    const { database, host, lease } = await setUp(makeDatabase);
    await host.journal.admit(admission('1'), lease);
    await host.close();
    const next = await database.open();
    await expect(next.journal.admit(admission('1'), lease)).resolves.toBe(false);
  });

  it('admits what it is asked for again under the same id: an earlier try was committed, and nobody heard of it', async () => {
    const { journal, lease, admit, count } = await setUp(makeDatabase);
    const one = await admit('1');
    const admitted = await Promise.all(
      [admission('2'), one, admission('1'), admission('3')].map((each) => journal.admit(each, lease)),
    );
    expect(admitted).toEqual([true, true, false, true]);
    expect(await count()).toBe(3);
  });

  it('writes those that come in one turn in one transaction', async () => {
    const { journal, lease, writes, count } = await setUp(makeDatabase);
    const admitted = await Promise.all(range(150).map((id) => journal.admit(admission(id), lease)));
    expect(admitted).toEqual(range(150).map(() => true));
    expect(writes().filter((sql) => !sql.startsWith('INSERT'))).toEqual(['BEGIN', 'COMMIT']);
    expect(writes()).toHaveLength(3);
    expect(await count()).toBe(150);
  });

  it('writes more than fits into one statement, too, in order', async () => {
    const { journal, lease, count } = await setUp(makeDatabase);
    const order: string[] = [];
    const ids = range(1_000);
    await Promise.all(ids.map((id) => journal.admit(admission(id), lease).then(() => order.push(id))));
    expect(order).toEqual(ids);
    expect(await count()).toBe(1_000);
  });

  it('writes several questions of the greatest length at once', async () => {
    const { journal, lease, count } = await setUp(makeDatabase);
    const text = 'x'.repeat(2_000_000);
    const all = range(12).map((id) => journal.admit(admission(id, { message: { text } }), lease));
    expect(await Promise.all(all)).toEqual(all.map(() => true));
    expect(await count()).toBe(12);
  });

  it('has committed a message before it says so', async () => {
    const { journal, lease, rowOf } = await setUp(makeDatabase);
    await Promise.all(
      range(5).map(async (id) => {
        const one = admission(id);
        await journal.admit(one, lease);
        expect(await rowOf(one)).toMatchObject({ state: 'admitted' });
      }),
    );
  });

  it('admits in the order of asking', async () => {
    const { journal, lease, admit } = await setUp(makeDatabase);
    const order: string[] = [];
    await admit('7');
    await Promise.all(
      range(10).map((id) =>
        journal.admit(admission(id), lease).then(() => {
          order.push(id);
        }),
      ),
    );
    expect(order).toEqual(range(10));
  });

  it('does not admit what it could not write, says why, and goes on', async () => {
    const { journal, lease, logger, database } = await setUp(makeDatabase);
    const mend = await refuseRows(database, 'message_id', '2');
    const results = await Promise.allSettled(['2', '2'].map((id) => journal.admit(admission(id), lease)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(journal.admit(admission('2'), lease)).rejects.toThrow();
    await expect(journal.ignore(admission('2', { reason: 'dm-disabled' }), lease)).resolves.toBe(false);
    expect(logger.lines).toMatchObject([{ level: 'error', message: '2' }]);
    await expect(journal.admit(admission('3'), lease)).resolves.toBe(true);
    await mend();
    await expect(journal.admit(admission('2'), lease)).resolves.toBe(true);
  });

  it('writes everything beside a write that the database refuses', async () => {
    const { journal, lease, admit, rowOf, database } = await setUp(makeDatabase);
    const [begun, shown] = [await admit('1'), await admit('3')];
    await refuseRows(database, 'message_id', '2');
    journal.putBack(shown.id, lease);
    const results = await Promise.allSettled([
      journal.admit(admission('4'), lease),
      journal.admit(admission('2'), lease),
      journal.begin(begun.id, lease),
      journal.reply(shown.id, REPLY, lease),
      journal.ignore(admission('5'), lease),
      journal.admit(admission('6'), lease),
    ]);
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value : 'refused'))).toEqual([
      true,
      'refused',
      undefined,
      undefined,
      true,
      true,
    ]);
    expect(await rowOf(begun)).toMatchObject({ attempts: '1' });
    expect(await rowOf(shown)).toMatchObject({ state: 'answered' });
    expect((await database.query(STATES)).map((row) => row['message_id'])).toEqual(['1', '3', '4', '5', '6']);
  });
});

describeOnEachDatabase('how an exchange ended', (makeDatabase) => {
  it('is kept, with the time, and the reason of a failure; its message is not', async () => {
    const { journal, lease, admit, clock, database } = await setUp(makeDatabase);
    const [good, bad, old] = [await admit('1'), await admit('2'), await admit('3')];
    await admit('4');
    clock.now = LATER;
    journal.finish(good.id, DELIVERED, lease);
    journal.finish(bad.id, { state: 'failed', reason: 'channel-gone' }, lease);
    journal.finish(old.id, { state: 'expired', reason: 'too-old' }, lease);
    await journal.flush();
    const finished = { finished_at: LATER.toISOString(), admitted_at: AT.toISOString(), message: null };
    expect(await database.query('SELECT * FROM exchanges ORDER BY message_id')).toMatchObject([
      { ...finished, state: 'delivered', reason: 'mention' },
      { ...finished, state: 'failed', reason: 'channel-gone' },
      { ...finished, state: 'expired', reason: 'too-old' },
      { state: 'admitted', reason: 'mention', finished_at: null },
    ]);
  });

  it('is kept with as much of a reason as there is room for', async () => {
    const { journal, lease, admit, rowOf } = await setUp(makeDatabase);
    const one = await admit('1');
    journal.finish(one.id, { state: 'failed', reason: `\0${'é😀'.repeat(200)}` }, lease);
    await journal.flush();
    const { state, reason } = (await rowOf(one)) ?? {};
    expect(state).toBe('failed');
    expect(reason).toMatch(/^(é😀){60,}/u);
  });

  it('is written for all that ended alike in one statement', async () => {
    const { journal, lease, writes, database } = await setUp(makeDatabase);
    const all = range(40).map((id) => admission(id));
    await Promise.all(all.map((one) => journal.admit(one, lease)));
    const before = writes().length;
    for (const { id } of all) journal.finish(id, DELIVERED, lease);
    await journal.flush();
    expect(
      writes()
        .slice(before)
        .filter((sql) => sql.startsWith('UPDATE')),
    ).toHaveLength(1);
    expect(await database.query('SELECT DISTINCT state FROM exchanges')).toEqual([{ state: 'delivered' }]);
  });

  it('is right also when it is told in the same turn as other admissions', async () => {
    const { journal, lease, admit, database } = await setUp(makeDatabase);
    const first = await admit('1');
    journal.finish(first.id, DELIVERED, lease);
    await Promise.all([journal.admit(admission('2'), lease), journal.admit(admission('1'), lease)]);
    await journal.flush();
    expect(await database.query(STATES)).toEqual([
      { message_id: '1', state: 'delivered' },
      { message_id: '2', state: 'admitted' },
    ]);
  });

  it('is logged when it could not be written, tried again, and nobody waits for it', async () => {
    const { journal, lease, admit, rowOf, database, logger } = await setUp(makeDatabase);
    const one = await admit('1');
    const mend = await refuseRows(database, 'state', 'delivered');
    journal.finish(one.id, DELIVERED, lease);
    await journal.flush();
    expect(logger.lines).toMatchObject([{ level: 'error', kind: 'finish', exchange: one.id }]);
    expect(await rowOf(one)).toMatchObject({ state: 'admitted' });
    await mend();
    await vi.waitFor(async () => {
      expect(await rowOf(one)).toMatchObject({ state: 'delivered' });
    }, 10_000);
  });

  it('is given up when the database goes on to refuse it', async () => {
    const { journal, lease, admit, database, logger } = await setUp(makeDatabase);
    const one = await admit('1');
    await refuseRows(database, 'state', 'delivered');
    journal.finish(one.id, DELIVERED, lease);
    for (let tries = 0; tries < 20; tries++) await journal.flush();
    const gaveUp = logger.lines.filter(({ text }) => text.includes('given up'));
    expect(gaveUp).toHaveLength(1);
    expect(logger.lines.at(-1)).toBe(gaveUp[0]);
  });

  it('is written down soon, without anybody asking for it', async () => {
    const { journal, lease, admit, rowOf } = await setUp(makeDatabase);
    const one = await admit('1');
    journal.finish(one.id, DELIVERED, lease);
    await vi.waitFor(async () => {
      expect(await rowOf(one)).toMatchObject({ state: 'delivered' });
    }, 10_000);
  });

  it('is committed once it was flushed, also when its writing was under way', async () => {
    const { journal, lease, connection, admit, rowOf } = await setUp(makeDatabase);
    const one = await admit('1');
    const held = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    const transaction = connection.session(async (session) => {
      await session.run('UPDATE exchanges SET reason = ? WHERE id = ?', ['held', one.id]);
      begun.resolve(undefined);
      await held.promise;
    });
    await begun.promise;
    journal.finish(one.id, DELIVERED, lease);
    const first = journal.flush();
    await turns();
    const second = journal.flush().then(() => rowOf(one));
    await turns();
    held.resolve(undefined);
    await Promise.all([transaction, first]);
    expect(await second).toMatchObject({ state: 'delivered' });
  });

  it('is committed once it was flushed, though more comes all the time', async () => {
    const { journal, lease, admit, rowOf } = await setUp(makeDatabase);
    const one = await admit('0');
    let isFlushed = false;
    let last = 0;
    const keepAdmitting = async (): Promise<void> => {
      while (!isFlushed && last < 300) await journal.admit(admission(String(++last)), lease);
    };
    journal.finish(one.id, DELIVERED, lease);
    const flushed = journal.flush().then(() => {
      isFlushed = true;
    });
    const traffic = [keepAdmitting(), keepAdmitting()];
    await flushed;
    expect(last).toBeLessThan(300);
    expect(await rowOf(one)).toMatchObject({ state: 'delivered' });
    await Promise.all(traffic);
  });

  it('is committed when the database is closed, also when it is told while that is under way', async () => {
    const { database, host, lease } = await setUp(makeDatabase);
    const [one, late] = [admission('1'), admission('3')];
    await host.journal.admit(one, lease);
    await host.journal.admit(late, lease);
    host.journal.finish(one.id, DELIVERED, lease);
    void host.journal.ignore(admission('2', { reason: 'dm-disabled' }), lease);
    const closed = host.close();
    host.journal.finish(late.id, DELIVERED, lease);
    await closed;
    expect(await database.query(STATES)).toMatchObject([
      { state: 'delivered' },
      { state: 'ignored' },
      { state: 'delivered' },
    ]);
  });

  it('stays: nothing that comes later opens it again or changes it', async () => {
    const { journal, lease, admit, rowOf, clock } = await setUp(makeDatabase);
    const one = await admit('1');
    await journal.reply(one.id, REPLY, lease);
    journal.posted(one.id, ['7'], lease);
    journal.finish(one.id, DELIVERED, lease);
    await journal.flush();
    const before = await rowOf(one);
    clock.now = LATER;
    await expect(journal.begin(one.id, lease)).rejects.toThrow(NotRecordedError);
    await expect(journal.stream(one.id, lease)).rejects.toThrow(NotRecordedError);
    await expect(journal.reply(one.id, { ...REPLY, ending: 'failed' }, lease)).rejects.toThrow(
      NotRecordedError,
    );
    journal.posted(one.id, ['7', '8'], lease);
    journal.putBack(one.id, lease);
    journal.finish(one.id, { state: 'failed', reason: 'late' }, lease);
    await journal.flush();
    journal.finish(one.id, { state: 'dead-letter', reason: 'late' }, lease);
    await journal.flush();
    expect(await rowOf(one)).toEqual(before);
    expect(await journal.open('agent-1')).toEqual([]);
    await expect(journal.admit(admission('1'), lease)).resolves.toBe(false);
  });

  it('is told to whoever writes to an exchange that was never admitted', async () => {
    const { journal, lease, count } = await setUp(makeDatabase);
    const { id } = admission('1');
    await expect(journal.begin(id, lease)).rejects.toThrow(NotRecordedError);
    await expect(journal.reply(id, REPLY, lease)).rejects.toThrow(NotRecordedError);
    journal.posted(id, ['7'], lease);
    journal.finish(id, DELIVERED, lease);
    await journal.flush();
    expect(await count()).toBe(0);
  });
});

describeOnEachDatabase('a message that is ignored', (makeDatabase) => {
  it('is kept with its reason, finished from the start, and is nothing that is open', async () => {
    const { journal, lease, rowOf } = await setUp(makeDatabase);
    const one = admission('1', { reason: 'guild-not-allowed' });
    await expect(journal.ignore(one, lease)).resolves.toBe(true);
    expect(await rowOf(one)).toMatchObject({
      state: 'ignored',
      reason: 'guild-not-allowed',
      message: null,
      admitted_at: AT.toISOString(),
      finished_at: AT.toISOString(),
    });
    expect(await journal.open('agent-1')).toEqual([]);
  });

  it('is not answered when it comes again, and an answered one is not marked as ignored', async () => {
    const { journal, lease, database, logger } = await setUp(makeDatabase);
    const ignored = admission('1', { reason: 'too-many-waiting' });
    await expect(journal.ignore(ignored, lease)).resolves.toBe(true);
    await expect(journal.ignore(admission('1'), lease)).resolves.toBe(false);
    await expect(journal.admit(admission('1'), lease)).resolves.toBe(false);
    await expect(journal.admit(admission('2'), lease)).resolves.toBe(true);
    await expect(journal.ignore(admission('2', { reason: 'too-many-waiting' }), lease)).resolves.toBe(false);
    expect(await database.query(STATES)).toEqual([
      { message_id: '1', state: 'ignored' },
      { message_id: '2', state: 'admitted' },
    ]);
    expect(logger.lines).toEqual([]);
  });
});

describeOnEachDatabase('the way of an exchange', (makeDatabase) => {
  it('goes from admitted over streaming to delivered, and keeps when its first message may have been posted', async () => {
    const { journal, lease, admit, rowOf, clock } = await setUp(makeDatabase);
    const one = await admit('1');
    clock.now = LATER;
    await journal.stream(one.id, lease);
    expect(await rowOf(one)).toMatchObject({
      state: 'streaming',
      answered_at: LATER.toISOString(),
      posted: null,
    });
    clock.now = new Date(LATER.getTime() + 5_000);
    await journal.stream(one.id, lease);
    journal.posted(one.id, ['7'], lease);
    await journal.flush();
    expect(await rowOf(one)).toMatchObject({ state: 'streaming', posted: '7' });
    await journal.reply(one.id, REPLY, lease);
    expect(await rowOf(one)).toMatchObject({ state: 'delivering', posted: '7' });
    journal.posted(one.id, ['7', '8'], lease);
    await journal.flush();
    expect(await journal.open('agent-1')).toMatchObject([
      { state: 'delivering', posted: ['7', '8'], reply: REPLY, answeredAt: LATER },
    ]);
    journal.finish(one.id, DELIVERED, lease);
    await journal.flush();
    expect(await rowOf(one)).toMatchObject({
      state: 'delivered',
      answered_at: LATER.toISOString(),
      posted: '7 8',
    });
  });

  it('goes from admitted over answered to delivering where nothing was shown before', async () => {
    const { journal, lease, admit, rowOf, clock } = await setUp(makeDatabase);
    const one = await admit('1');
    await journal.reply(one.id, REPLY, lease);
    expect(await rowOf(one)).toMatchObject({ state: 'answered', answered_at: AT.toISOString() });
    clock.now = LATER;
    const failed = { pieces: ['It did not work.'], ending: 'failed', reason: 'broken' } as const;
    await journal.reply(one.id, failed, lease);
    expect(await rowOf(one)).toMatchObject({ state: 'answered', answered_at: AT.toISOString() });
    journal.posted(one.id, ['7'], lease);
    journal.posted(one.id, ['7', '8'], lease);
    await journal.flush();
    expect(await journal.open('agent-1')).toMatchObject([
      { state: 'delivering', reply: failed, posted: ['7', '8'], answeredAt: AT },
    ]);
  });

  it('keeps those of one turn apart', async () => {
    const { journal, lease, admit } = await setUp(makeDatabase);
    const all = await Promise.all(range(9).map((id) => admit(id)));
    const replyTo = (id: string): Reply => ({ pieces: [`answer ${id}`], ending: 'delivered' });
    for (const { id, message } of all) journal.posted(id, [`7${message.id}`], lease);
    await Promise.all(all.map(({ id, message }) => journal.reply(id, replyTo(message.id), lease)));
    await journal.flush();
    const open = (await journal.open('agent-1')).toSorted(
      (a, b) => Number(a.message.id) - Number(b.message.id),
    );
    expect(open.map(({ message, reply, posted }) => ({ id: message.id, reply, posted }))).toEqual(
      range(9).map((id) => ({ id, reply: replyTo(id), posted: [`7${id}`] })),
    );
  });

  it('counts how often work on it began, without what was put back', async () => {
    const { journal, lease, admit } = await setUp(makeDatabase);
    const [waiting, begun] = [await admit('1'), await admit('2', { begun: true })];
    const attempts = async () => {
      await journal.flush();
      const open = await journal.open('agent-1');
      return [waiting, begun].map((one) => open.find(({ id }) => id === one.id)?.attempts);
    };
    expect(await attempts()).toEqual([0, 1]);
    await journal.begin(waiting.id, lease);
    expect(await attempts()).toEqual([1, 1]);
    journal.putBack(waiting.id, lease);
    journal.putBack(begun.id, lease);
    expect(await attempts()).toEqual([0, 0]);
    for (let deaths = 0; deaths < 3; deaths++) await journal.begin(begun.id, lease);
    expect(await attempts()).toEqual([0, 3]);
    journal.putBack(waiting.id, lease);
    expect(await attempts()).toEqual([0, 3]);
  });

  it('leads aside when it is set aside: it keeps its message, and nobody takes it up', async () => {
    const { journal, lease, admit, rowOf } = await setUp(makeDatabase);
    const one = await admit('1');
    await journal.reply(one.id, { ...REPLY, ending: 'dead-letter' }, lease);
    journal.finish(one.id, { state: 'dead-letter', reason: 'deaths' }, lease);
    await journal.flush();
    expect(await journal.open('agent-1')).toEqual([]);
    expect(await journal.replays(['agent-1'])).toEqual([]);
    const row = await rowOf(one);
    expect(row).toMatchObject({ state: 'dead-letter', reason: 'deaths', finished_at: null });
    expect(row?.['message']).not.toBeNull();
  });

  it('leads back when the operator wants it again: to nobody but who asks for such, until work begins', async () => {
    const { journal, lease, other, admit, database } = await setUp(makeDatabase);
    const one = await admit('1');
    await admit('2');
    journal.finish(one.id, { state: 'dead-letter', reason: 'deaths' }, lease);
    await journal.flush();
    await database.query(`UPDATE exchanges SET state = 'replay' WHERE id = '${one.id}'`);
    const [replayed, ...more] = await journal.replays(['agent-2', 'agent-1']);
    expect(replayed).toMatchObject({ id: one.id, agentId: 'agent-1', state: 'replay' });
    expect(replayed?.message).toEqual(one.message);
    expect(more).toEqual([]);
    expect(await journal.replays(['agent-2'])).toEqual([]);
    expect(await journal.replays([])).toEqual([]);
    const openNow = async () => (await journal.open('agent-1')).map(({ id, state }) => [id, state]);
    expect(await openNow()).toMatchObject([[expect.not.stringContaining(one.id), 'admitted']]);
    await journal.begin(one.id, lease);
    expect(await journal.replays(['agent-1'])).toEqual([]);
    expect((await openNow())[0]).toEqual([one.id, 'admitted']);
    expect(await journal.open(other.agentId)).toEqual([]);
  });
});

describeOnEachDatabase('what is open', (makeDatabase) => {
  it('is as it was admitted, field by field, whatever was written in it', async () => {
    const { journal, lease, clock } = await setUp(makeDatabase);
    const nasty = `NUL \0 lone \uD83D \uDE00 emoji 😀 名前 '"\\ ? $1 :x %s \u2028\r\n`;
    const one = admission('1', {
      begun: true,
      reason: 'reply',
      message: {
        channelId: '18446744073709551615',
        parentChannelId: '9007199254740993',
        guildName: nasty,
        channelName: nasty,
        author: { id: '8', name: nasty, isBot: true, roleIds: ['9007199254740993', '1'] },
        isWebhook: true,
        isText: false,
        mentionsBot: false,
        mentionsEveryone: true,
        repliesToBot: true,
        text: `emoji 😀 '"\\ ? $1 ${'long '.repeat(400_000)}\r\n `,
        isTextHidden: true,
        repliedTo: { author: nasty, isOwn: true, text: nasty },
        attachments: [
          {
            name: nasty,
            mediaType: 'text/plain; charset=utf-8',
            size: 2 ** 31 + 1,
            url: 'https://x.example/?a=1',
          },
          { name: '', mediaType: undefined, size: 0, url: '' },
        ],
      },
    });
    const plain = admission('2', { message: { guildId: undefined, text: nasty } });
    await journal.admit(one, lease);
    await journal.admit(plain, lease);
    clock.now = LATER;
    const reply: Reply = { pieces: [nasty, 'x'.repeat(2_000_000), ''], ending: 'expired', reason: nasty };
    await journal.reply(one.id, reply, lease);
    journal.posted(one.id, ['18446744073709551615', '7'], lease);
    await journal.flush();
    const [first, second] = await journal.open('agent-1');
    expect(first).toEqual({
      id: one.id,
      agentId: 'agent-1',
      message: one.message,
      state: 'delivering',
      attempts: 1,
      reply,
      posted: ['18446744073709551615', '7'],
      admittedAt: AT,
      answeredAt: LATER,
    });
    expect(second).toEqual({
      id: plain.id,
      agentId: 'agent-1',
      // The text is in a column of its own, which cannot keep everything.
      message: { ...plain.message, text: nasty.replaceAll('\0', '').toWellFormed() },
      state: 'admitted',
      attempts: 0,
      reply: undefined,
      posted: [],
      admittedAt: AT,
      answeredAt: undefined,
    });
  });

  it("comes oldest first, each agent's own", async () => {
    const { journal, lease, other } = await setUp(makeDatabase);
    const all = range(30).map((id) =>
      admission(id, { agentId: Number(id) % 3 === 0 ? 'agent-2' : 'agent-1' }),
    );
    // Not in the order of their ids.
    for (const one of all.toReversed()) await journal.admit(one, one.agentId === 'agent-1' ? lease : other);
    const idsOf = (agentId: string) => all.filter((one) => one.agentId === agentId).map(({ id }) => id);
    expect((await journal.open('agent-1')).map(({ id }) => id)).toEqual(idsOf('agent-1'));
    expect((await journal.open('agent-2')).map(({ id }) => id)).toEqual(idsOf('agent-2'));
    expect(await journal.open('agent-3')).toEqual([]);
  });

  it('is found by another process', async () => {
    const { database, admit } = await setUp(makeDatabase);
    const one = await admit('1');
    const { journal } = await database.open();
    const [open] = await journal.open('agent-1');
    expect(open?.message).toEqual(one.message);
  });
});
