import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { UsageTable } from '../../src/database/usage-table.ts';
import {
  BudgetError,
  type BudgetKind,
  type BudgetLimit,
  type CallSubject,
  type PlannedCall,
  type SettledCall,
  type UsageLedger,
} from '../../src/usage/usage-ledger.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';

describeOnEachDatabase('the usage tables', (make, provider) => {
  const AT = new Date('2026-11-21T23:59:59.999Z');
  const DAY = '2026-11-21';
  const MIDNIGHT = new Date('2026-11-22T00:00:00.000Z');

  /** A call that costs at most so many tokens, and a thousand nano-dollars for each. */
  function call(tokens: number, subject: Partial<CallSubject> = {}): PlannedCall {
    return {
      subject: {
        agentId: 'a',
        userId: '18446744073709551615',
        guildId: '9007199254740993',
        exchangeId: 'exchange-1',
        purpose: 'answer',
        ...subject,
      },
      provider: 'openai',
      model: 'gpt-4o',
      most: { tokens, nanoUsd: tokens * 1_000 },
    };
  }

  const settled = (parts: Partial<SettledCall> = {}): SettledCall => ({
    inputTokens: 10,
    cachedTokens: 4,
    outputTokens: 20,
    counted: true,
    nanoUsd: 30_000,
    latencyMs: 1_234,
    outcome: 'complete',
    ...parts,
  });

  /** Books on a database that the host has made, with a clock that can be set. */
  async function setUp() {
    const database = await make();
    const clock = { now: AT };
    const host = await database.open({ now: () => clock.now });
    const { connection, client, statements } = await database.connect();
    const logger = collectingLogger();
    const usage = new UsageTable(connection, () => clock.now, logger);
    return { database, host, client, usage, clock, logger, statements };
  }

  /** The counters of a day: nano-dollars and tokens by scope. */
  async function counters(database: TestDatabase, day = DAY): Promise<Record<string, [unknown, unknown]>> {
    const rows = await database.query(
      `SELECT scope, nano_usd, tokens FROM budget_counters WHERE day = '${day}'`,
    );
    return Object.fromEntries(
      rows.map(({ scope, nano_usd, tokens }) => [String(scope), [Number(nano_usd), Number(tokens)]]),
    );
  }

  /** The calls on record, with numbers in place of their text. */
  const calls = async (database: TestDatabase): Promise<Record<string, unknown>[]> => {
    const rows = await database.query('SELECT * FROM model_calls ORDER BY id');
    const isNumber = (column: string) => /tokens|nano|latency|counted/.test(column);
    return rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([column, value]) => [
          column,
          value !== null && isNumber(column) ? Number(value) : value,
        ]),
      ),
    );
  };

  const refusalOf = (booking: Promise<unknown>): Promise<BudgetError> =>
    booking.then(
      () => {
        throw new Error('it was booked');
      },
      (error: unknown) => {
        expect(error).toBeInstanceOf(BudgetError);
        return error as BudgetError;
      },
    );

  /** How many of these were booked; every other one was refused by a budget. */
  async function bookedOf(bookings: readonly Promise<string>[]): Promise<number> {
    const results = await Promise.allSettled(bookings);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(BudgetError);
    }
    return results.filter(({ status }) => status === 'fulfilled').length;
  }

  describe('a call to a model', () => {
    it('is booked before it is made, at the most that it can cost, for all that it counts for', async () => {
      const { database, usage } = await setUp();
      const id = await usage.reserve(call(100), []);
      expect(await calls(database)).toEqual([
        {
          id,
          agent_id: 'a',
          user_id: '18446744073709551615',
          guild_id: '9007199254740993',
          exchange_id: 'exchange-1',
          purpose: 'answer',
          provider: 'openai',
          model: 'gpt-4o',
          input_tokens: 100,
          cached_tokens: 0,
          output_tokens: 0,
          counted: 0,
          nano_usd: 100_000,
          latency_ms: 0,
          outcome: 'reserved',
          at: AT.toISOString(),
        },
      ]);
      expect(await counters(database)).toEqual({
        host: [100_000, 100],
        'agent:a': [100_000, 100],
        'user:a:18446744073709551615': [100_000, 100],
        'guild:a:9007199254740993': [100_000, 100],
      });
    });

    it('is booked at what it cost once it is over', async () => {
      const { database, usage } = await setUp();
      const id = await usage.reserve(call(100), []);
      await usage.settle(id, settled({ latencyMs: 1_234.5 }));
      expect(await calls(database)).toMatchObject([
        {
          id,
          input_tokens: 10,
          cached_tokens: 4,
          output_tokens: 20,
          counted: 1,
          nano_usd: 30_000,
          latency_ms: 1_235,
          outcome: 'complete',
          at: AT.toISOString(),
        },
      ]);
      expect(Object.values(await counters(database))).toEqual(Array.from({ length: 4 }, () => [30_000, 30]));
    });

    it('may cost more than was thought', async () => {
      const { database, usage } = await setUp();
      const id = await usage.reserve(call(10), [{ kind: 'host', tokens: 10 }]);
      await usage.settle(id, settled({ inputTokens: 50, outputTokens: 50, nanoUsd: 100_000 }));
      expect((await counters(database))['host']).toEqual([100_000, 100]);
      await refusalOf(usage.reserve(call(1), [{ kind: 'host', tokens: 100 }]));
    });

    it('that is never settled stays booked: the process may have died in between', async () => {
      const { database, host, usage } = await setUp();
      const limits = [{ kind: 'host', tokens: 100 }] as const;
      await usage.reserve(call(60), limits);
      await host.close();
      const next = await database.open({ now: () => AT });
      await refusalOf(next.usage.reserve(call(60), limits));
      await next.usage.reserve(call(40), limits);
      expect((await counters(database))['host']).toEqual([100_000, 100]);
    });

    it('is settled once, by whichever process', async () => {
      const { database, host, usage } = await setUp();
      const id = await usage.reserve(call(100), []);
      await host.usage.settle(id, settled());
      await usage.settle(id, settled({ inputTokens: 99, outcome: 'overloaded' }));
      await usage.settle('nobody’s', settled());
      expect(await calls(database)).toMatchObject([{ input_tokens: 10, outcome: 'complete' }]);
      expect((await counters(database))['host']).toEqual([30_000, 30]);
    });

    it('without a price counts tokens and no money', async () => {
      const { database, usage } = await setUp();
      const free: PlannedCall = { ...call(100), most: { tokens: 100, nanoUsd: undefined } };
      const id = await usage.reserve(free, [{ kind: 'host', nanoUsd: 0 }]);
      expect([(await calls(database))[0]?.['nano_usd'], (await counters(database))['host']]).toEqual([
        null,
        [0, 100],
      ]);
      await usage.settle(id, settled({ nanoUsd: undefined }));
      expect([(await calls(database))[0]?.['nano_usd'], (await counters(database))['host']]).toEqual([
        null,
        [0, 30],
      ]);
    });

    it('in a direct message counts for no guild', async () => {
      const { database, usage } = await setUp();
      const direct = call(100, { guildId: undefined });
      const id = await usage.reserve(direct, [{ kind: 'guild', tokens: 1 }]);
      expect(Object.keys(await counters(database)).filter((scope) => scope.startsWith('guild'))).toEqual([]);
      await usage.settle(id, settled());
      expect(await calls(database)).toMatchObject([{ guild_id: null, outcome: 'complete' }]);
      expect(Object.values(await counters(database))).toEqual(Array.from({ length: 3 }, () => [30_000, 30]));
    });

    it('counts for the day (UTC) on which it began, also when it ends on the next', async () => {
      const { database, usage, clock } = await setUp();
      const id = await usage.reserve(call(100), []);
      clock.now = MIDNIGHT;
      await usage.reserve(call(7), []);
      await usage.settle(id, settled());
      expect((await counters(database))['host']).toEqual([30_000, 30]);
      expect((await counters(database, '2026-11-22'))['host']).toEqual([7_000, 7]);
    });

    it('is kept to the last nano-dollar, also where doubles would round', async () => {
      const { database, usage } = await setUp();
      const most = Number.MAX_SAFE_INTEGER;
      const planned = { ...call(1), most: { tokens: 1, nanoUsd: most } };
      const ids = [await usage.reserve(planned, []), await usage.reserve(planned, [])];
      const spent = () => database.query(`SELECT nano_usd AS x FROM budget_counters WHERE scope = 'host'`);
      expect(await spent()).toEqual([{ x: (2n * BigInt(most)).toString() }]);
      await usage.settle(ids[0] ?? '', settled({ nanoUsd: most - 1 }));
      expect(await spent()).toEqual([{ x: (2n * BigInt(most) - 1n).toString() }]);
    });

    it('of a model with a very long name is booked all the same', async () => {
      const { database, usage } = await setUp();
      await usage.reserve({ ...call(1), model: 'm'.repeat(300) }, []);
      expect(await calls(database)).toMatchObject([{ model: 'm'.repeat(190) }]);
    });

    it('outlives its agent in the books', async () => {
      const { database, host, usage } = await setUp();
      await usage.reserve(call(100), []);
      await host.agents.apply([{ kind: 'delete', id: 'a' }]);
      expect(await calls(database)).toHaveLength(1);
    });
  });

  describe('a budget', () => {
    const other = { agentId: 'b', userId: '2', guildId: '3' };
    const kinds: { kind: BudgetKind; free: Partial<CallSubject> }[] = [
      { kind: 'user', free: { userId: '2' } },
      { kind: 'user', free: { agentId: 'b' } },
      { kind: 'guild', free: { guildId: '3' } },
      { kind: 'guild', free: { guildId: undefined } },
      { kind: 'guild', free: { agentId: 'b' } },
      { kind: 'agent', free: { agentId: 'b' } },
    ];

    it.each(kinds)('of one $kind is not spent by $free', async ({ kind, free }) => {
      const { usage } = await setUp();
      const limits = [{ kind, tokens: 100 }];
      await usage.reserve(call(100), limits);
      await refusalOf(usage.reserve(call(1), limits));
      await usage.reserve(call(100, free), limits);
    });

    it('of the host is spent by everybody', async () => {
      const { usage } = await setUp();
      const limits = [{ kind: 'host', tokens: 100 }] as const;
      await usage.reserve(call(100), limits);
      await refusalOf(usage.reserve(call(1, other), limits));
    });

    it.each(['user', 'guild', 'agent', 'host'] as const)(
      'of the %s that is reached refuses in words, with the time when it is whole again, and books nothing',
      async (kind) => {
        const { database, usage } = await setUp();
        const limits = [{ kind, tokens: 100 }];
        await usage.reserve(call(60), limits);
        const before = [await calls(database), await counters(database)];
        const error = await refusalOf(usage.reserve(call(41), limits));
        expect(error).toMatchObject({ kind, resetsAt: MIDNIGHT });
        expect(error.message).toContain(kind);
        expect(error.message).toContain('tokens');
        expect([await calls(database), await counters(database)]).toEqual(before);
        await usage.reserve(call(40), limits);
      },
    );

    it('that is below a single call refuses the first of the day', async () => {
      const { database, usage } = await setUp();
      const error = await refusalOf(usage.reserve(call(100), [{ kind: 'agent', nanoUsd: 99_999 }]));
      expect(error.message).toContain('usd');
      expect([await calls(database), await counters(database)]).toEqual([[], {}]);
    });

    it('in money and in tokens is reached by whichever comes first', async () => {
      const { usage } = await setUp();
      const limit = (nanoUsd: number, tokens: number): BudgetLimit[] => [{ kind: 'user', nanoUsd, tokens }];
      await usage.reserve(call(100), limit(100_000, 100));
      expect((await refusalOf(usage.reserve(call(1), limit(100_000, 1_000)))).message).toContain('usd');
      expect((await refusalOf(usage.reserve(call(1), limit(1_000_000, 100)))).message).toContain('tokens');
      await usage.reserve(call(1), limit(101_000, 101));
    });

    it('is told of the narrowest that is reached', async () => {
      const { usage } = await setUp();
      const limits = (['host', 'agent', 'guild', 'user'] as const).map((kind) => ({ kind, tokens: 1 }));
      for (const kind of ['user', 'guild', 'agent', 'host']) {
        expect((await refusalOf(usage.reserve(call(100), limits))).kind).toBe(kind);
        limits.pop();
      }
    });

    it('that is set later in the day knows what was spent', async () => {
      const { usage } = await setUp();
      const id = await usage.reserve(call(100), []);
      await usage.settle(id, settled());
      await refusalOf(usage.reserve(call(71), [{ kind: 'user', tokens: 100 }]));
      await usage.reserve(call(70), [{ kind: 'user', tokens: 100 }]);
    });

    it('is whole again on the next day', async () => {
      const { usage, clock } = await setUp();
      const limits = [{ kind: 'user', tokens: 100 }] as const;
      await usage.reserve(call(100), limits);
      await refusalOf(usage.reserve(call(1), limits));
      clock.now = MIDNIGHT;
      await usage.reserve(call(100), limits);
      const { resetsAt } = await refusalOf(usage.reserve(call(1), limits));
      expect(resetsAt).toEqual(new Date('2026-11-23T00:00:00.000Z'));
    });

    it('that is no whole number, or without end, is kept all the same', async () => {
      const { usage } = await setUp();
      await usage.reserve(call(100), [{ kind: 'user', tokens: Infinity, nanoUsd: 100_000.7 }]);
      await refusalOf(usage.reserve(call(1), [{ kind: 'user', nanoUsd: 100_999.9 }]));
    });
  });

  describe('a hundred calls at the same time', () => {
    const limits: { what: string; limit: BudgetLimit }[] = (
      ['user', 'guild', 'agent', 'host'] as const
    ).flatMap((kind) => [
      { what: `tokens of the ${kind}`, limit: { kind, tokens: 375 } },
      { what: `money of the ${kind}`, limit: { kind, nanoUsd: 375_000 } },
    ]);

    it.each(limits)('spend all of a budget and no more: $what', async ({ limit }) => {
      const { database, usage } = await setUp();
      const bookings = Array.from({ length: 100 }, () => usage.reserve(call(10), [limit]));
      expect(await bookedOf(bookings)).toBe(37);
      expect(await calls(database)).toHaveLength(37);
      expect(Object.values(await counters(database))).toEqual(
        Array.from({ length: 4 }, () => [370_000, 370]),
      );
    });

    it('hold it also when they come from several processes', async () => {
      const { database, usage, host } = await setUp();
      const books: UsageLedger[] = [usage, host.usage, (await database.open({ now: () => AT })).usage];
      const bookings = Array.from({ length: 100 }, (_, index) =>
        (books[index % 3] ?? usage).reserve(call(10), [{ kind: 'host', tokens: 375 }]),
      );
      expect(await bookedOf(bookings)).toBe(37);
      expect((await counters(database))['host']).toEqual([370_000, 370]);
    });

    it('hold it while others are settled, and what those leave is spent again', async () => {
      const { database, usage } = await setUp();
      const limit: BudgetLimit = { kind: 'agent', tokens: 1_000 };
      const first = await Promise.all(Array.from({ length: 10 }, () => usage.reserve(call(100), [limit])));
      await refusalOf(usage.reserve(call(1), [limit]));
      const settling = first.map((id) => usage.settle(id, settled()));
      const booked = await bookedOf(Array.from({ length: 100 }, () => usage.reserve(call(10), [limit])));
      await Promise.all(settling);
      const [, spent] = (await counters(database))['agent:a'] ?? [];
      expect(spent).toBe(300 + 10 * booked);
      expect(Number(spent)).toBeLessThanOrEqual(1_000);
      const rest = await bookedOf(Array.from({ length: 100 }, () => usage.reserve(call(10), [limit])));
      expect(booked + rest).toBe(70);
    });

    it('wait as long as it takes behind a transaction that is under way', async () => {
      const { client, usage } = await setUp();
      const begun = Promise.withResolvers<undefined>();
      const held = Promise.withResolvers<undefined>();
      const before = client.$transaction(async (inner) => {
        await inner.identify.count();
        begun.resolve(undefined);
        await held.promise;
      });
      await begun.promise;
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      onTestFinished(() => void vi.useRealTimers());
      const bookings = Array.from({ length: 100 }, () => usage.reserve(call(10), []));
      // Longer than the patience of Prisma's own transactions, which is two seconds.
      await vi.advanceTimersByTimeAsync(4_000);
      held.resolve(undefined);
      await before;
      expect(await bookedOf(bookings)).toBe(100);
    });
  });

  describe('a cost that cannot be written', () => {
    const FAIL = {
      sqlite: (when: string) =>
        `CREATE TRIGGER broken BEFORE ${when} ON model_calls BEGIN SELECT RAISE(FAIL, 'disk is full'); END`,
      postgresql: (when: string) =>
        `CREATE FUNCTION fail() RETURNS trigger AS 'BEGIN RAISE EXCEPTION ''disk is full''; END' LANGUAGE plpgsql;
         CREATE TRIGGER broken BEFORE ${when} ON model_calls FOR EACH ROW EXECUTE FUNCTION fail()`,
      mysql: (when: string) =>
        `CREATE TRIGGER broken BEFORE ${when} ON model_calls FOR EACH ROW SIGNAL SQLSTATE '45000'`,
    }[provider];
    const MEND = `DROP TRIGGER broken${provider === 'postgresql' ? ' ON model_calls' : ''}`;

    /** Begins to settle this, and waits until that was tried. */
    async function settleInVain({ usage, statements }: Awaited<ReturnType<typeof setUp>>, id: string) {
      const settling = usage.settle(id, settled());
      await vi.waitUntil(() => statements.some((sql) => sql.startsWith('UPDATE model_calls')));
      return { settling };
    }

    it('is tried again a little later', async () => {
      const stage = await setUp();
      const { database, usage, logger } = stage;
      const id = await usage.reserve(call(100), []);
      await database.query(FAIL('UPDATE'));
      const { settling } = await settleInVain(stage, id);
      await database.query(MEND);
      await settling;
      expect((await counters(database))['host']).toEqual([30_000, 30]);
      expect(logger.lines).toEqual([]);
    });

    it('is given up in the end, logged, and stays booked at the most; others are booked meanwhile', async () => {
      const stage = await setUp();
      const { database, usage, logger } = stage;
      const id = await usage.reserve(call(100), []);
      await database.query(FAIL('UPDATE'));
      const { settling } = await settleInVain(stage, id);
      await usage.reserve(call(7), []);
      await settling;
      expect(logger.lines).toMatchObject([
        { level: 'error', booking: id, outcome: 'complete', nanoUsd: 30_000 },
      ]);
      expect(await calls(database)).toMatchObject([{ id, outcome: 'reserved' }, {}]);
      expect((await counters(database))['host']).toEqual([107_000, 107]);
    });

    it('does not hold up the closing of the database, and is logged', async () => {
      const { database, logger } = await setUp();
      const host = await database.open({ logger });
      const id = await host.usage.reserve(call(100), []);
      await database.query(FAIL('UPDATE'));
      const settling = host.usage.settle(id, settled());
      await host.close();
      await settling;
      expect(logger.lines).toMatchObject([{ level: 'error', booking: id }]);
    });

    it('keeps neither half of a booking', async () => {
      const { database, usage } = await setUp();
      await database.query(FAIL('INSERT'));
      await expect(usage.reserve(call(100), [])).rejects.toThrow();
      expect(await counters(database)).toEqual({});
      await database.query(MEND);
      await usage.reserve(call(100), []);
      expect((await counters(database))['host']).toEqual([100_000, 100]);
    });
  });
});
