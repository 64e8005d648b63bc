import { expect, it } from 'vitest';
import { EXCHANGE_STATES, type LoggedExchange } from '../../src/messages/exchange-log.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';
import { addAgent, writeDown } from '../support/user-rows.ts';

const AT = new Date('2026-02-03T04:05:06.789Z');
const after = (minutes: number): Date => new Date(AT.getTime() + minutes * 60_000);

const idsOf = (found: readonly LoggedExchange[]): string[] => found.map(({ id }) => id);

describeOnEachDatabase('ExchangeLog', (makeDatabase) => {
  async function setUp() {
    const place = await makeDatabase();
    const database = await place.open({ now: () => after(90) });
    const { client } = place.client();
    const agentId = await addAgent(database, 'Helper');
    const write = (state: string, minutes = 0): Promise<string> =>
      writeDown(client, { agentId, userId: '5', at: after(minutes), state });
    const row = (id: string) => client.exchange.findUniqueOrThrow({ where: { id } });
    const remove = (name: string): Promise<unknown> => client.agent.deleteMany({ where: { name } });
    return { database, log: database.exchangeLog, client, agentId, write, row, remove };
  }

  it('tells everything that is known of an exchange', async () => {
    const { log, client, agentId, write } = await setUp();
    const id = await write('delivered');
    await client.exchange.update({
      where: { id },
      data: { attempts: 2, guildId: '60', answeredAt: after(1), finishedAt: after(2) },
    });
    const [found] = await log.list({ limit: 1 });
    expect(found).toEqual({
      id,
      agentId,
      agentName: 'Helper',
      messageId: expect.any(String) as string,
      channelId: '70',
      guildId: '60',
      userId: '5',
      state: 'delivered',
      reason: 'direct-message',
      question: 'question hello',
      attempts: 2,
      reply: { pieces: ['reply hello'], ending: 'delivered' },
      posted: ['81', '82'],
      admittedAt: AT,
      answeredAt: after(1),
      finishedAt: after(2),
    });
  });

  it('lists the newest first, as many as are wanted', async () => {
    const { log, write } = await setUp();
    const ids = [await write('delivered', 0), await write('failed', 1), await write('ignored', 2)];
    expect(idsOf(await log.list({ limit: 2 }))).toEqual([ids[2], ids[1]]);
  });

  it('lists those for which all holds that is asked for', async () => {
    const { database, log, client, agentId, write } = await setUp();
    const other = await addAgent(database, 'Muse');
    const mine = [await write('failed', 0), await write('dead-letter', 5), await write('failed', 10)];
    const theirs = await writeDown(client, { agentId: other, userId: '6', at: after(15), state: 'failed' });
    await client.exchange.update({ where: { id: theirs }, data: { channelId: '71' } });
    const list = async (filter: object): Promise<string[]> => idsOf(await log.list({ limit: 9, ...filter }));
    expect(await list({ states: ['dead-letter', 'replay'] })).toEqual([mine[1]]);
    expect(await list({ agentId: other })).toEqual([theirs]);
    expect(await list({ userId: '6' })).toEqual([theirs]);
    expect(await list({ channelId: '70' })).toEqual(mine.toReversed());
    expect(await list({ since: after(10) })).toEqual([theirs, mine[2]]);
    expect(await list({ states: ['failed'], agentId, since: after(5) })).toEqual([mine[2]]);
  });

  it('lists as open what somebody is still going to finish, and what is set aside', async () => {
    const { log, client, write } = await setUp();
    const states: string[] = [];
    for (const state of EXCHANGE_STATES) await write(state);
    // A chat in the terminal that was broken off.
    await client.exchange.update({ where: { id: await write('admitted') }, data: { message: null } });
    for (const { state } of await log.list({ isOpen: true, limit: 20 })) states.unshift(state);
    expect(states).toEqual(['admitted', 'streaming', 'answered', 'delivering', 'dead-letter', 'replay']);
  });

  it('finds an exchange by its id and by the end of it, and all that end alike', async () => {
    const { log, client, write } = await setUp();
    const ids = [await write('delivered'), await write('failed')];
    const [first = '', second = ''] = ids;
    expect(idsOf(await log.find(first))).toEqual([first]);
    expect(idsOf(await log.find(second.slice(-8)))).toEqual([second]);
    const twin = `${second.slice(0, -8)}${first.slice(-8)}`;
    await client.exchange.update({ where: { id: second }, data: { id: twin } });
    expect(idsOf(await log.find(first.slice(-8)))).toEqual([twin, first].sort().toReversed());
    expect(await log.find('00000000')).toEqual([]);
  });

  it('replays a dead letter as if no process had died of it, and nothing else', async () => {
    const { log, client, write, row } = await setUp();
    const ids = new Map<string, string>();
    for (const state of EXCHANGE_STATES) ids.set(state, await write(state));
    const dead = ids.get('dead-letter') ?? '';
    await client.exchange.update({ where: { id: dead }, data: { attempts: 3 } });
    for (const [state, id] of ids) {
      if (id !== dead) expect(await log.replay(id), state).toBe(0);
    }
    const { message } = await row(dead);
    expect(await log.replay(dead)).toBe(1);
    expect(await row(dead)).toMatchObject({ state: 'replay', attempts: 0, message, finishedAt: null });
    for (const [state, id] of ids) {
      if (id !== dead) expect((await row(id)).state).toBe(state);
    }
  });

  it('drops a dead letter as failed, keeps its message no longer, and drops nothing else', async () => {
    const { log, write, row } = await setUp();
    const ids = new Map<string, string>();
    for (const state of EXCHANGE_STATES) ids.set(state, await write(state));
    const dead = ids.get('dead-letter') ?? '';
    expect(await log.drop(undefined)).toBe(1);
    expect(await row(dead)).toMatchObject({
      state: 'failed',
      reason: 'dropped',
      message: null,
      finishedAt: after(90),
    });
    for (const [state, id] of ids) {
      if (id === dead) continue;
      expect(await log.drop(id), state).toBe(0);
      expect((await row(id)).state).toBe(state);
    }
  });

  it('settles a dead letter once, whoever else does at the same time', async () => {
    const { log, write } = await setUp();
    const id = await write('dead-letter');
    const changed = await Promise.all([
      log.drop(id),
      log.replay(id),
      log.drop(undefined),
      log.replay(undefined),
    ]);
    expect(changed.reduce((sum, one) => sum + one)).toBe(1);
    expect(await log.countDeadLetters()).toBe(0);
  });

  it('settles all at once, and leaves those to be dropped whose agent is gone', async () => {
    const { database, log, client, write, row, remove } = await setUp();
    const gone = await addAgent(database, 'Gone');
    const orphan = await writeDown(client, { agentId: gone, userId: '5', at: AT, state: 'dead-letter' });
    await remove('Gone');
    const mine = [await write('dead-letter'), await write('dead-letter')];
    expect(await log.countDeadLetters()).toBe(3);
    expect(await log.replay(undefined)).toBe(2);
    for (const id of mine) expect((await row(id)).state).toBe('replay');
    expect(await log.list({ states: ['dead-letter'], limit: 9 })).toMatchObject([
      { id: orphan, agentName: undefined },
    ]);
    expect(await log.replay(orphan)).toBe(0);
    expect(await log.drop(undefined)).toBe(1);
  });

  it('hands what is replayed to the host', async () => {
    const { database, log, agentId, write } = await setUp();
    const id = await write('dead-letter');
    expect(await database.journal.replays([agentId])).toEqual([]);
    await log.replay(id);
    expect((await database.journal.replays([agentId])).map((open) => open.id)).toEqual([id]);
  });
});
