import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Inspection } from '../../src/bots/account.ts';
import { BotFailure } from '../../src/bots/bot-failure.ts';
import {
  checkIdentifyBudget,
  DAY,
  type IdentifyTools,
  MAX_IDENTIFIES,
} from '../../src/bots/identify-budget.ts';
import { IDENTITY, inspection } from '../support/fake-account.ts';
import { MemoryIdentifies } from '../support/memory-gateway-tables.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const ago = (ms: number) => new Date(NOW.getTime() - ms);

/** Spends one as a connection does: checked before it connects, written down right before it goes out. */
async function spendIdentify(told: Inspection, tools: IdentifyTools, signal: AbortSignal): Promise<void> {
  await checkIdentifyBudget(told, tools, signal);
  await tools.identifies.record(told.identity.applicationId, tools.now());
}

/** Spends one with nobody in a hurry. */
const spend = (identifies: MemoryIdentifies, told = inspection()): Promise<void> =>
  spendIdentify(told, { identifies, now: () => NOW, identifyInterval: 0 }, new AbortController().signal);

async function failureOf(promise: Promise<void>): Promise<BotFailure> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof BotFailure) return error;
  throw new Error('it was granted', { cause: error });
}

function ledgerWith(count: number, at: Date, applicationId = IDENTITY.applicationId): MemoryIdentifies {
  const ledger = new MemoryIdentifies();
  for (let spent = 0; spent < count; spent++) ledger.spent.push({ applicationId, at });
  return ledger;
}

describe('the budget of identifies', () => {
  it('is 300 a day, far below the 1,000 after which Discord resets the token', () => {
    expect([MAX_IDENTIFIES, DAY]).toEqual([300, 86_400_000]);
  });

  it('writes each one down before it is spent', async () => {
    const ledger = new MemoryIdentifies();
    await spend(ledger);
    expect(ledger.spent).toEqual([{ applicationId: IDENTITY.applicationId, at: NOW }]);
  });

  it('grants the 300th of a day and not the 301st, which has to wait an hour', async () => {
    const ledger = ledgerWith(299, ago(1_000));
    await spend(ledger);
    const failure = await failureOf(spend(ledger));
    expect(failure).toMatchObject({ retryable: true, notBefore: new Date(NOW.getTime() + 3_600_000) });
    expect(failure.message).toContain('300');
    expect(ledger.spent).toHaveLength(300);
  });

  it.each([
    { what: 'just within the day', ledger: ledgerWith(300, ago(DAY)), granted: false },
    { what: 'before the day', ledger: ledgerWith(300, ago(DAY + 1)), granted: true },
    { what: "another application's", ledger: ledgerWith(300, ago(1), '1'), granted: true },
  ])('counts a day back, per application: $what', async ({ ledger, granted }) => {
    const spending = spend(ledger).then(
      () => true,
      () => false,
    );
    await expect(spending).resolves.toBe(granted);
  });

  it.each([0, -1])(
    'spends none when Discord grants none (%d left), and waits until it does',
    async (remaining) => {
      const ledger = new MemoryIdentifies();
      const resetAt = new Date('2026-11-21T03:00:00Z');
      const failure = await failureOf(spend(ledger, inspection({ identifies: { remaining, resetAt } })));
      expect(failure).toMatchObject({ retryable: true, notBefore: resetAt });
      expect(failure.message).toContain('2026-11-21T03:00:00');
      expect(ledger.spent).toEqual([]);
    },
  );

  it('does not grant what it could not write down', async () => {
    const ledger = new MemoryIdentifies();
    ledger.record = () => Promise.reject(new Error('the disk is full'));
    await expect(spend(ledger)).rejects.toThrow('the disk is full');
  });

  describe('in time', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: NOW });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    const tools = (identifies: MemoryIdentifies) => ({
      identifies,
      now: () => new Date(),
      identifyInterval: 5_000,
    });

    it('waits until the last one is long enough ago, whoever spent it', async () => {
      const ledger = ledgerWith(1, ago(2_000));
      const spending = spendIdentify(inspection(), tools(ledger), new AbortController().signal);
      await vi.advanceTimersByTimeAsync(2_999);
      expect(ledger.spent).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      await spending;
      expect(ledger.spent[1]?.at).toEqual(new Date(NOW.getTime() + 3_000));
    });

    it.each([
      { what: 'long ago', ledger: ledgerWith(1, ago(5_000)) },
      { what: "another application's", ledger: ledgerWith(1, ago(1), '1') },
    ])('does not wait when the last one was $what', async ({ ledger }) => {
      await spendIdentify(inspection(), tools(ledger), new AbortController().signal);
      expect(ledger.spent).toHaveLength(2);
    });

    it('spends none when it is given up meanwhile', async () => {
      const ledger = ledgerWith(1, ago(0));
      const controller = new AbortController();
      const spending = spendIdentify(inspection(), tools(ledger), controller.signal);
      const outcome = expect(spending).rejects.toThrow('given up');
      await vi.advanceTimersByTimeAsync(1_000);
      controller.abort(new Error('given up'));
      await outcome;
      expect(ledger.spent).toHaveLength(1);
    });
  });
});
