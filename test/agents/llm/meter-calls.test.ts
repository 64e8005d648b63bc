import { describe, expect, it } from 'vitest';
import { AnswerError } from '../../../src/agents/agent.ts';
import { meterCalls } from '../../../src/agents/llm/meter-calls.ts';
import type { Price } from '../../../src/usage/price-list.ts';
import type { BudgetLimit, PlannedCall, SettledCall, UsageLedger } from '../../../src/usage/usage-ledger.ts';

/** Books in memory, without limits. */
class Books implements UsageLedger {
  readonly planned: { call: PlannedCall; limits: readonly BudgetLimit[] }[] = [];
  readonly settled: SettledCall[] = [];

  reserve(call: PlannedCall, limits: readonly BudgetLimit[]): Promise<string> {
    this.planned.push({ call, limits });
    return Promise.resolve('booking');
  }

  settle(_: string, call: SettledCall): Promise<void> {
    this.settled.push(call);
    return Promise.resolve();
  }
}

const PRICE: Price = { input: 2, cachedInput: 1, output: 10 };
const CALL = { provider: 'openai', model: 'gpt-4o', inputBound: 1_000, maxTokens: 100 };
const subject = {
  agentId: 'agent',
  userId: '1',
  guildId: undefined,
  exchangeId: 'exchange',
  purpose: 'answer',
} as const;

function setUp(limits: readonly BudgetLimit[]) {
  const usage = new Books();
  const prices = { price: PRICE as Price | undefined, priceOf: () => prices.price };
  return { usage, prices, meter: meterCalls(subject, limits, { usage, prices }) };
}

describe('a call that is metered', () => {
  it('reserves the most that it can cost, and books what it did cost', async () => {
    const { usage, meter } = setUp([]);
    const end = await meter.begin(CALL);
    expect(usage.planned[0]?.call.most).toEqual({ tokens: 1_100, nanoUsd: 3_000_000 });
    await end({
      usage: { input: 500, cached: 100, output: 50 },
      counted: true,
      latencyMs: 12,
      outcome: 'complete',
    });
    expect(usage.settled).toEqual([
      {
        exchangeId: 'exchange',
        inputTokens: 500,
        cachedTokens: 100,
        outputTokens: 50,
        counted: true,
        nanoUsd: 1_400_000,
        latencyMs: 12,
        outcome: 'complete',
      },
    ]);
  });

  it('has no limit of a guild in a direct message', async () => {
    const { usage, meter } = setUp([
      { kind: 'guild', tokens: 1 },
      { kind: 'user', tokens: 5_000 },
    ]);
    await meter.begin(CALL);
    expect(usage.planned[0]?.limits.map(({ kind }) => kind)).toEqual(['user']);
  });

  it('is not made when its price is gone and a budget is in money', async () => {
    const { usage, prices, meter } = setUp([{ kind: 'agent', nanoUsd: 1_000_000_000 }]);
    prices.price = undefined;
    await expect(meter.begin(CALL)).rejects.toThrow(AnswerError);
    expect(usage.planned).toEqual([]);
  });

  it('needs no price for a budget in tokens', async () => {
    const { usage, prices, meter } = setUp([{ kind: 'agent', tokens: 5_000 }]);
    prices.price = undefined;
    await meter.begin(CALL);
    expect(usage.planned[0]?.call.most.nanoUsd).toBeUndefined();
  });
});
