import { describe, expect, it } from 'vitest';
import { BotFailure } from '../../src/bots/bot-failure.ts';
import { DAY, MAX_IDENTIFIES, spendIdentify } from '../../src/bots/identify-budget.ts';
import { IDENTITY, inspection } from '../support/fake-account.ts';
import { MemoryIdentifies } from '../support/memory-gateway-tables.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const ago = (ms: number) => new Date(NOW.getTime() - ms);

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
    await spendIdentify(ledger, inspection(), NOW);
    expect(ledger.spent).toEqual([{ applicationId: IDENTITY.applicationId, at: NOW }]);
  });

  it('grants the 300th of a day and not the 301st, which has to wait an hour', async () => {
    const ledger = ledgerWith(299, ago(1_000));
    await spendIdentify(ledger, inspection(), NOW);
    const failure = await failureOf(spendIdentify(ledger, inspection(), NOW));
    expect(failure).toMatchObject({ retryable: true, notBefore: new Date(NOW.getTime() + 3_600_000) });
    expect(failure.message).toContain('300');
    expect(ledger.spent).toHaveLength(300);
  });

  it.each([
    { what: 'just within the day', ledger: ledgerWith(300, ago(DAY)), granted: false },
    { what: 'before the day', ledger: ledgerWith(300, ago(DAY + 1)), granted: true },
    { what: "another application's", ledger: ledgerWith(300, ago(1), '1'), granted: true },
  ])('counts a day back, per application: $what', async ({ ledger, granted }) => {
    const spending = spendIdentify(ledger, inspection(), NOW).then(
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
      const failure = await failureOf(
        spendIdentify(ledger, inspection({ identifies: { remaining, resetAt } }), NOW),
      );
      expect(failure).toMatchObject({ retryable: true, notBefore: resetAt });
      expect(failure.message).toContain('2026-11-21T03:00:00');
      expect(ledger.spent).toEqual([]);
    },
  );

  it('does not grant what it could not write down', async () => {
    const ledger = new MemoryIdentifies();
    ledger.record = () => Promise.reject(new Error('the disk is full'));
    await expect(spendIdentify(ledger, inspection(), NOW)).rejects.toThrow('the disk is full');
  });
});
