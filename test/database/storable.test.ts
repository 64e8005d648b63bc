import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storable } from '../../src/database/storable.ts';

describe('storable', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['a\0b\0\0c', 'abc'],
    ['\0', ''],
    ['lone \uD83D high', 'lone \uFFFD high'],
    ['lone \uDE00 low', 'lone \uFFFD low'],
    ['\uD83D\0\uDE00', '😀'],
    ['pair 😀', 'pair 😀'],
    ['tab\tline\n\u0001', 'tab\tline\n\u0001'],
  ])('makes %j into %j', (text, stored) => {
    expect(storable(text)).toBe(stored);
  });

  it('gives what every database stores, and changes nothing that they all do', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom('\0', '\uD83D', 'a') }),
        (a, b) => {
          const stored = storable(a + b);
          expect(stored.includes('\0')).toBe(false);
          expect(stored.isWellFormed()).toBe(true);
          expect(storable(stored)).toBe(stored);
          if (!a.includes('\0')) expect(storable(a)).toBe(a);
        },
      ),
    );
  });
});
