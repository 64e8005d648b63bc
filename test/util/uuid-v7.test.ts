import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uuidV7 } from '../../src/util/uuid-v7.ts';

/** RFC 9562, section 5.7. */
const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The highest time that 48 bits hold. */
const END = 2 ** 48 - 1;

const time = fc.integer({ min: 0, max: END });

describe('uuidV7', () => {
  it('has the form of RFC 9562 and carries its time', () => {
    fc.assert(
      fc.property(time, (now) => {
        const id = uuidV7(now);
        expect(id).toMatch(VERSION_7);
        expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(now);
      }),
    );
  });

  it('sorts by time as text', () => {
    fc.assert(
      fc.property(time, time, (a, b) => {
        fc.pre(a !== b);
        expect(uuidV7(Math.min(a, b)) < uuidV7(Math.max(a, b))).toBe(true);
      }),
    );
  });

  it('is never the same twice, also within one millisecond', () => {
    const ids = Array.from({ length: 10_000 }, () => uuidV7(1_750_000_000_000));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('sorts in the order of making within one millisecond too', () => {
    const ids = Array.from({ length: 1_000 }, () => uuidV7(1_750_000_000_001));
    expect(ids.toSorted()).toEqual(ids);
  });

  it('sorts by the order of the calls within one millisecond', () => {
    const ids = Array.from({ length: 1_000 }, () => uuidV7(42));
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('leaves no part of the random half constant', () => {
    const ids = Array.from({ length: 500 }, () => uuidV7(0).replaceAll('-', ''));
    // After 12 digits of time come the version and a counter; the digit of the variant has two free bits.
    for (const column of Array.from({ length: 15 }, (_, index) => index + 17)) {
      expect(new Set(ids.map((id) => id.charAt(column))).size, `digit ${column}`).toBeGreaterThan(8);
    }
    expect(new Set(ids.map((id) => id.charAt(16)))).toEqual(new Set(['8', '9', 'a', 'b']));
  });
});
