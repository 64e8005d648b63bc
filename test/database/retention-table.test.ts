import { expect, it } from 'vitest';
import type { Database } from '../../src/database/open-database.ts';
import type { Perishable } from '../../src/retention/retention-store.ts';
import { uuidV7 } from '../../src/util/uuid-v7.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';
import { addAgent, writeDown } from '../support/user-rows.ts';

const DAY = 86_400_000;
const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY);

/** Rows that each step deleted. */
async function sweep(database: Database, what: Perishable, before: Date): Promise<number[]> {
  const steps: number[] = [];
  for await (const rows of database.retention.sweep(what, before)) steps.push(rows);
  return steps;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

describeOnEachDatabase('RetentionTable', (makeDatabase) => {
  async function setUp() {
    const place = await makeDatabase();
    const database = await place.open();
    const { client } = place.client();
    return { place, database, client, agentId: await addAgent(database, 'Helper') };
  }

  it('deletes exchanges that are over and old enough, and none that is open or set aside', async () => {
    const { database, client, agentId } = await setUp();
    const states = ['delivered', 'failed', 'expired', 'ignored'];
    const kept = ['admitted', 'streaming', 'answered', 'delivering', 'dead-letter', 'replay'];
    for (const state of [...states, ...kept])
      await writeDown(client, { agentId, userId: '5', at: daysAgo(91), state });
    await writeDown(client, { agentId, userId: '6', at: daysAgo(89) });
    expect(sum(await sweep(database, 'exchanges', daysAgo(90)))).toBe(states.length);
    const left = await client.exchange.findMany({ orderBy: { id: 'asc' } });
    expect(left.map(({ state }) => state)).toEqual([...kept, 'delivered']);
  });

  it('deletes old exchanges of deleted agents in every state: nobody is left to finish them', async () => {
    const { database, client } = await setUp();
    await writeDown(client, {
      agentId: await addAgent(database, 'Gone'),
      userId: '5',
      at: daysAgo(91),
      state: 'admitted',
    });
    const [gone] = (await database.agents.list()).filter(({ name }) => name === 'Gone');
    await database.agents.apply([{ kind: 'delete', id: gone?.id ?? '' }]);
    expect(sum(await sweep(database, 'exchanges', daysAgo(90)))).toBe(1);
  });

  it('deletes in small steps, past those that stay', async () => {
    const { database, client, agentId } = await setUp();
    const rows = Array.from({ length: 1_300 }, (_, n) => {
      const at = new Date(daysAgo(100).getTime() + n);
      const ids = { id: uuidV7(at.getTime()), agentId, messageId: String(n), channelId: '7', userId: '5' };
      const isOpen = n < 600;
      return {
        ...ids,
        state: isOpen ? 'admitted' : 'delivered',
        reason: 'mention',
        question: 'hello',
        admittedAt: at,
        finishedAt: isOpen ? null : at,
      };
    });
    await client.exchange.createMany({ data: rows });
    const steps = await sweep(database, 'exchanges', daysAgo(90));
    expect(sum(steps)).toBe(700);
    expect(Math.max(...steps)).toBeLessThanOrEqual(500);
    expect(await client.exchange.count({ where: { state: 'admitted' } })).toBe(600);
  });

  it('deletes old calls to models with the counters of their days, and no counter of today', async () => {
    const { database, client, agentId } = await setUp();
    for (const days of [402, 401, 399, 0])
      await writeDown(client, { agentId, userId: String(days + 1), at: daysAgo(days) });
    await sweep(database, 'usage', daysAgo(400));
    expect(await client.modelCall.count()).toBe(2);
    const days = (await client.budgetCounter.findMany()).map(({ day }) => day);
    const kept = [399, 0].map((ago) => daysAgo(ago).toISOString().slice(0, 10));
    expect(new Set(days)).toEqual(new Set(kept));
    await sweep(database, 'usage', new Date());
    expect(await client.budgetCounter.count({ where: { day: new Date().toISOString().slice(0, 10) } })).toBe(
      3,
    );
  });

  it('deletes counters of many scopes and days, each step bounded', async () => {
    const { database, client } = await setUp();
    const counters = Array.from({ length: 1_200 }, (_, n) => ({
      scope: `user:${String(n % 40)}:${String(n % 7)}`,
      day: new Date(Date.UTC(2020, 0, 1 + n)).toISOString().slice(0, 10),
      nanoUsd: 1n,
      tokens: 1n,
    }));
    const today = {
      ...(counters[0] ?? { scope: '', nanoUsd: 1n, tokens: 1n }),
      day: new Date().toISOString().slice(0, 10),
    };
    await client.budgetCounter.createMany({ data: [...counters, today] });
    const steps = await sweep(database, 'usage', daysAgo(1));
    expect(sum(steps)).toBe(1_200);
    expect(Math.max(...steps)).toBeLessThanOrEqual(500);
    expect(await client.budgetCounter.findMany()).toEqual([today]);
  });

  it('deletes old findings of the guard', async () => {
    const { database, client, agentId } = await setUp();
    for (const days of [91, 89]) await writeDown(client, { agentId, userId: '5', at: daysAgo(days) });
    expect(sum(await sweep(database, 'guard-findings', daysAgo(90)))).toBe(1);
    expect(await client.guardFinding.count()).toBe(1);
  });

  it('forgets turns that are old, summaries that were not renewed since, and memories that are empty then', async () => {
    const { database, client, agentId } = await setUp();
    const talked = async (userId: string, days: readonly number[]): Promise<void> => {
      for (const ago of days)
        await writeDown(client, { agentId, userId, at: daysAgo(ago), words: `${userId}-${ago}` });
    };
    await talked('5', [200, 150]);
    await talked('6', [200, 150, 50]);
    await talked('7', [200]);
    await client.memory.updateMany({ where: { userId: '7' }, data: { updatedAt: daysAgo(10) } });
    await talked('8', [3]);
    expect(sum(await sweep(database, 'memories', daysAgo(100)))).toBe(6);
    const left = await database.memory.export({ userId: '6' });
    expect(left).toMatchObject([{ summary: undefined, turns: [{ question: 'asked 6-50' }] }]);
    expect(await database.memory.export({ userId: '5' })).toEqual([]);
    expect(await database.memory.export({ userId: '7' })).toMatchObject([
      { summary: 'summary 7-200', turns: [] },
    ]);
    expect(await database.memory.export({ userId: '8' })).toMatchObject([
      { summary: 'summary 8-3', turns: [{}] },
    ]);
  });

  it('forgets thousands of turns in small steps, and nothing of whoever talks today', async () => {
    const { database, client, agentId } = await setUp();
    for (const userId of ['5', '6']) {
      await writeDown(client, { agentId, userId, at: daysAgo(200) });
      const memory = await client.memory.findFirstOrThrow({ where: { userId } });
      const turns = Array.from({ length: 700 }, (_, n) => {
        const at = new Date(daysAgo(userId === '5' ? 150 : 1).getTime() + n);
        return { memoryId: memory.id, exchangeId: uuidV7(at.getTime()), question: 'q', answer: 'a', at };
      });
      await client.memoryTurn.createMany({ data: turns });
    }
    const steps = await sweep(database, 'memories', daysAgo(100));
    expect(Math.max(...steps)).toBeLessThanOrEqual(500);
    expect(await client.memoryTurn.count()).toBe(700);
    expect(await client.memory.findMany({ select: { userId: true } })).toEqual([{ userId: '6' }]);
  });

  it('deletes old identifies, and what deleted agents left', async () => {
    const { database, client, agentId } = await setUp();
    for (const days of [5, 1]) await database.identifies.record('44', daysAgo(days));
    const lease = { hostId: 'h', processId: 'p', proof: '', hostName: 'n', fence: 3n, expiresAt: daysAgo(5) };
    const gone = uuidV7(1);
    await client.botLease.createMany({
      data: [
        { ...lease, agentId },
        { ...lease, agentId: gone },
        { ...lease, agentId: uuidV7(2), expiresAt: new Date() },
      ],
    });
    await client.lastSeen.createMany({
      data: [agentId, gone].map((id) => ({ agentId: id, messageId: '9', updatedAt: daysAgo(5) })),
    });
    await sweep(database, 'identifies', daysAgo(2));
    await sweep(database, 'leftovers of deleted agents', daysAgo(2));
    expect(await client.identify.count()).toBe(1);
    expect(await client.botLease.count()).toBe(2);
    expect((await client.lastSeen.findMany()).map((row) => row.agentId)).toEqual([agentId]);
  });

  it('does no harm when two hosts delete at once', async () => {
    const { place, database, client, agentId } = await setUp();
    const other = await place.open();
    for (let n = 0; n < 40; n++)
      await writeDown(client, { agentId, userId: String(5 + (n % 3)), at: daysAgo(n < 30 ? 100 : 1) });
    for (const what of ['exchanges', 'usage', 'guard-findings', 'memories'] as const) {
      await Promise.all([database, other].map((one) => sweep(one, what, daysAgo(90))));
    }
    expect(await client.exchange.count()).toBe(10);
    expect(await client.modelCall.count()).toBe(10);
    expect(await client.guardFinding.count()).toBe(10);
    expect(await client.memoryTurn.count()).toBe(10);
  });
});
