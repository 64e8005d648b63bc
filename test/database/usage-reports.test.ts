import { describe, expect, it } from 'vitest';
import { UsageReportsTable } from '../../src/database/usage-reports.ts';
import type { CallSubject, SettledCall } from '../../src/usage/usage-ledger.ts';
import { USAGE_GROUPINGS, type UsageQuery } from '../../src/usage/usage-report.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';

describeOnEachDatabase('usage reports', (make, provider) => {
  const TODAY = new Date('2026-11-20T00:00:00Z');
  const TOMORROW = new Date('2026-11-21T00:00:00Z');
  const ALL = { since: new Date(0), until: new Date('2030-01-01T00:00:00Z') };

  interface Call extends Partial<CallSubject>, Partial<SettledCall> {
    at?: string;
    provider?: string;
    model?: string;
    /** Whether it is left as it was reserved: a thousand tokens for a million nano-dollars. */
    open?: true;
  }

  async function setUp() {
    const database = await make();
    const clock = { now: TODAY };
    const { usage } = await database.open({ now: () => clock.now });
    const { connection, statements } = await database.connect();
    const reports = new UsageReportsTable(connection);
    const book = async (call: Call = {}): Promise<void> => {
      const { at = '2026-11-20T12:00:00Z', provider = 'openai', model = 'gpt-4o', open, ...parts } = call;
      clock.now = new Date(at);
      const subject = {
        agentId: 'a',
        userId: '1',
        guildId: '2',
        exchangeId: 'e',
        purpose: 'answer' as const,
      };
      const planned = {
        subject: { ...subject, ...parts },
        provider,
        model,
        most: { tokens: 1_000, nanoUsd: 1_000_000 },
      };
      const booking = await usage.reserve(planned, []);
      const settled = { inputTokens: 10, cachedTokens: 4, outputTokens: 20, counted: true, nanoUsd: 30_000 };
      if (!open) await usage.settle(booking, { ...settled, latencyMs: 1, outcome: 'complete', ...parts });
    };
    return { database, usage, reports, connection, statements, book };
  }

  const keysOf = (rows: readonly { key: string | undefined; calls: number }[]) =>
    rows.map(({ key, calls }) => [key, calls]);

  describe('a report', () => {
    it('sums up what was booked, in one statement', async () => {
      const { reports, statements, book } = await setUp();
      await book();
      await book({ inputTokens: 100, cachedTokens: 0, outputTokens: 7, nanoUsd: 5 });
      await book({ agentId: 'b', nanoUsd: 1 });
      statements.length = 0;
      const rows = await reports.report({ ...ALL, by: 'agent' });
      expect(statements).toHaveLength(1);
      const none = { unpriced: 0, failures: 0, unsettled: 0 };
      expect(rows).toEqual([
        {
          key: 'a',
          calls: 2,
          inputTokens: 110n,
          cachedTokens: 4n,
          outputTokens: 27n,
          nanoUsd: 30_005n,
          ...none,
        },
        { key: 'b', calls: 1, inputTokens: 10n, cachedTokens: 4n, outputTokens: 20n, nanoUsd: 1n, ...none },
      ]);
    });

    it('is exact beyond what a double can hold', async () => {
      const { reports, book } = await setUp();
      await book({ nanoUsd: Number.MAX_SAFE_INTEGER });
      await book({ nanoUsd: Number.MAX_SAFE_INTEGER - 1 });
      await book({ nanoUsd: 2 });
      const [row] = await reports.report({ ...ALL, by: 'agent' });
      expect(row?.nanoUsd).toBe(2n * BigInt(Number.MAX_SAFE_INTEGER) + 1n);
    });

    it.each([
      [
        'user',
        [
          [undefined, 1],
          ['9', 2],
        ],
        { userId: '9' },
        { userId: undefined },
      ],
      [
        'guild',
        [
          [undefined, 1],
          ['9', 2],
        ],
        { guildId: '9' },
        { guildId: undefined },
      ],
      [
        'purpose',
        [
          ['check', 1],
          ['answer', 2],
        ],
        {},
        { purpose: 'check' },
      ],
      [
        'model',
        [
          ['p/a/b', 1],
          ['openai/gpt-4o', 2],
        ],
        {},
        { provider: 'p', model: 'a/b' },
      ],
    ] as const)('by %s has a row for each, the most expensive first', async (by, expected, two, one) => {
      const { reports, book } = await setUp();
      await book(two);
      await book({ ...two, agentId: 'b' });
      await book({ ...one, nanoUsd: 60_001 });
      expect(keysOf(await reports.report({ ...ALL, by }))).toEqual(expected);
    });

    it('by day has the days (UTC) in their order', async () => {
      const { reports, book } = await setUp();
      await book({ at: '2026-11-21T00:00:00.000Z', nanoUsd: 9_000_000 });
      await book({ at: '2026-11-19T12:00:00Z' });
      await book({ at: '2026-11-20T23:59:59.999Z' });
      await book({ at: '2026-11-20T00:00:00.000Z' });
      expect(keysOf(await reports.report({ ...ALL, by: 'day' }))).toEqual([
        ['2026-11-19', 1],
        ['2026-11-20', 2],
        ['2026-11-21', 1],
      ]);
    });

    it.each([undefined, 'a'])(
      'has the calls from its first moment until its last (agent: %s)',
      async (agentId) => {
        const { reports, book } = await setUp();
        await book({ at: '2026-11-19T23:59:59.999Z', userId: '1' });
        await book({ at: '2026-11-20T00:00:00.000Z', userId: '2' });
        await book({ at: '2026-11-20T23:59:59.999Z', userId: '3' });
        await book({ at: '2026-11-21T00:00:00.000Z', userId: '4' });
        const rows = await reports.report({ since: TODAY, until: TOMORROW, by: 'user', agentId });
        expect(rows.map(({ key }) => key)).toEqual(['2', '3']);
      },
    );

    it('has only the calls of the agent that is asked for', async () => {
      const { reports, book } = await setUp();
      await book();
      await book({ agentId: 'b', userId: '7' });
      expect(keysOf(await reports.report({ ...ALL, by: 'user', agentId: 'b' }))).toEqual([['7', 1]]);
      expect(await reports.report({ ...ALL, by: 'user', agentId: 'c' })).toEqual([]);
    });

    it.runIf(provider === 'sqlite').each(USAGE_GROUPINGS)(
      'by %s looks only at the calls of its time',
      async (by) => {
        const { database, reports, statements } = await setUp();
        for (const agentId of [undefined, 'a']) {
          statements.length = 0;
          const query: UsageQuery = { since: TODAY, until: TOMORROW, by, agentId };
          await reports.report(query);
          const sql = statements[0]?.replaceAll('?', "''") ?? '';
          const plan = database.raw(`EXPLAIN QUERY PLAN ${sql}`);
          expect(plan[0]?.['detail']).toContain(
            agentId === undefined ? '(id>? AND id<?)' : '(agent_id=? AND at>? AND at<?)',
          );
        }
      },
    );

    it.each(['complete', 'length', 'refusal', 'content-filter', 'cancelled'])(
      'counts no failure where a call ended with %s',
      async (outcome) => {
        const { reports, book } = await setUp();
        await book({ outcome });
        expect(await reports.report({ ...ALL, by: 'agent' })).toMatchObject([{ failures: 0, unsettled: 0 }]);
      },
    );

    it('counts every other end as a failure', async () => {
      const { reports, book } = await setUp();
      for (const outcome of ['overloaded', 'bad-key', 'idle']) await book({ outcome });
      await book();
      expect(await reports.report({ ...ALL, by: 'agent' })).toMatchObject([{ calls: 4, failures: 3 }]);
    });

    it('counts a call that is not settled at the most, and not as a failure', async () => {
      const { reports, book } = await setUp();
      await book({ open: true });
      await book();
      expect(await reports.report({ ...ALL, by: 'agent' })).toMatchObject([
        { calls: 2, inputTokens: 1_010n, outputTokens: 20n, nanoUsd: 1_030_000n, failures: 0, unsettled: 1 },
      ]);
    });

    it('tells the calls without a price from those that used nothing', async () => {
      const { reports, book } = await setUp();
      await book({ nanoUsd: undefined });
      await book({
        nanoUsd: undefined,
        inputTokens: 0,
        cachedTokens: 0,
        outputTokens: 0,
        outcome: 'bad-key',
      });
      await book();
      expect(await reports.report({ ...ALL, by: 'agent' })).toMatchObject([
        { calls: 3, nanoUsd: 30_000n, unpriced: 1 },
      ]);
    });
  });

  describe('the spending of a day', () => {
    it('says what is counted for the host, agents, guilds and users on that day', async () => {
      const { reports, book } = await setUp();
      await book();
      await book({ agentId: 'b', userId: undefined, guildId: undefined, nanoUsd: 1 });
      await book({ at: '2026-11-21T00:00:00Z' });
      const cost = { nanoUsd: 30_000n, tokens: 30n };
      expect(await reports.spending(new Date('2026-11-20T23:59:59.999Z'))).toEqual([
        { kind: 'host', agentId: undefined, memberId: undefined, nanoUsd: 30_001n, tokens: 60n },
        { kind: 'agent', agentId: 'a', memberId: undefined, ...cost },
        { kind: 'guild', agentId: 'a', memberId: '2', ...cost },
        { kind: 'user', agentId: 'a', memberId: '1', ...cost },
        { kind: 'agent', agentId: 'b', memberId: undefined, nanoUsd: 1n, tokens: 30n },
      ]);
    });

    it('is what the report of that day says', async () => {
      const { reports, book } = await setUp();
      await book();
      await book({ open: true });
      await book({ nanoUsd: undefined, outcome: 'idle' });
      const [row] = await reports.report({ since: TODAY, until: TOMORROW, by: 'day' });
      const [host] = await reports.spending(TODAY);
      expect(host?.nanoUsd).toBe(row?.nanoUsd);
      expect(host?.tokens).toBe((row?.inputTokens ?? 0n) + (row?.outputTokens ?? 0n));
    });
  });
});
