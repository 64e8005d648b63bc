import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOff } from '../../src/util/back-off.ts';

describe('backOff', () => {
  it.each([
    { failures: 1, random: 1, wait: 1_000 },
    { failures: 2, random: 1, wait: 2_000 },
    { failures: 3, random: 1, wait: 4_000 },
    { failures: 10, random: 1, wait: 512_000 },
    { failures: 11, random: 1, wait: 600_000 },
    { failures: 5_000, random: 1, wait: 600_000 },
    { failures: 3, random: 0.5, wait: 2_000 },
    { failures: 3, random: 0.0001, wait: 0 },
    { failures: 3, random: 0, wait: 0 },
  ])('waits $wait ms after failure $failures when the die shows $random', ({ failures, random, wait }) => {
    expect(backOff({ base: 1_000, cap: 600_000 }, failures, random)).toBe(wait);
  });

  it('spreads over the whole range from nothing to the bound, and never beyond the cap', () => {
    fc.assert(
      fc.property(
        fc.record({ base: fc.integer({ min: 1, max: 10_000 }), cap: fc.integer({ min: 1, max: 1_000_000 }) }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (options, failures, random) => {
          const bound = backOff(options, failures, 1);
          const wait = backOff(options, failures, random);
          expect(bound).toBeLessThanOrEqual(options.cap);
          expect(bound).toBeGreaterThanOrEqual(Math.min(options.base, options.cap));
          expect(backOff(options, failures + 1, 1)).toBeGreaterThanOrEqual(bound);
          expect(Math.abs(wait - random * bound)).toBeLessThanOrEqual(0.5);
        },
      ),
    );
  });
});
