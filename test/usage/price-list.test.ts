import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOf, NANO } from '../../src/usage/price-list.ts';

const PRICE = { input: 2.5, cachedInput: 1.25, output: 10 };

describe('what tokens cost', () => {
  it('is by kind: input, input from the cache, output', () => {
    expect(costOf(PRICE, { input: 1_000_000, cached: 0, output: 0 })).toBe(2.5 * NANO);
    expect(costOf(PRICE, { input: 1_000_000, cached: 1_000_000, output: 0 })).toBe(1.25 * NANO);
    expect(costOf(PRICE, { input: 0, cached: 0, output: 1_000_000 })).toBe(10 * NANO);
    expect(costOf(PRICE, { input: 1_000, cached: 400, output: 10 })).toBe(1_500_000 + 500_000 + 100_000);
  });

  it('is rounded up to a billionth of a dollar, and what is whole stays as it is', () => {
    expect(costOf({ ...PRICE, input: 0.0001 }, { input: 1, cached: 0, output: 0 })).toBe(1);
    // 3 × 0.1 is more than 0.3 in binary fractions.
    expect(costOf({ ...PRICE, input: 0.1 }, { input: 3, cached: 0, output: 0 })).toBe(300);
  });

  it('is never less than nothing, even if more was cached than sent', () => {
    expect(costOf(PRICE, { input: 0, cached: 4, output: 0 })).toBe(5_000);
  });

  it('is not known without a price, and nothing for what is free', () => {
    expect(costOf(undefined, { input: 1, cached: 0, output: 1 })).toBeUndefined();
    expect(costOf({ input: 0, cachedInput: 0, output: 0 }, { input: 9, cached: 3, output: 9 })).toBe(0);
  });

  it('is a whole number, and more for more tokens', () => {
    const tokens = fc.nat(2_000_000);
    const price = fc.double({ min: 0, max: 150, noNaN: true });
    fc.assert(
      fc.property(tokens, tokens, tokens, price, price, (input, output, more, of, to) => {
        const all = { input: of, cachedInput: of, output: to };
        const less = costOf(all, { input, cached: 0, output }) ?? NaN;
        expect(Number.isSafeInteger(less)).toBe(true);
        expect(costOf(all, { input, cached: 0, output: output + more })).toBeGreaterThanOrEqual(less);
      }),
    );
  });
});
