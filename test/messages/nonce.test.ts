import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nonceOf } from '../../src/messages/nonce.ts';
import { uuidV7 } from '../../src/util/uuid-v7.ts';

describe('nonceOf', () => {
  it('is within what Discord takes: at most 25 characters that need no escape', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.nat({ max: 999 }), (exchange, piece) => {
        expect(nonceOf(exchange, piece)).toMatch(/^[\w-]{20,25}$/);
      }),
    );
  });

  it('is the same for the same piece, also in another process', () => {
    // Written down: a new version of the program must not post again what an older one had posted.
    expect(nonceOf('01981f5e-7c00-7abc-8def-0123456789ab', 0)).toBe('AZgfXnwAeryN7wEjRWeJqw000');
    expect(nonceOf('01981f5e-7c00-7abc-8def-0123456789ab', 1)).toBe('AZgfXnwAeryN7wEjRWeJqw001');
  });

  it('differs between pieces and between exchanges', () => {
    const exchanges = Array.from({ length: 5 }, () => uuidV7(1_750_000_000_000));
    const piece = fc.tuple(fc.constantFrom(...exchanges), fc.nat({ max: 999 }));
    fc.assert(
      fc.property(fc.uniqueArray(piece, { selector: ([id, index]) => `${id}/${index}` }), (pieces) => {
        expect(new Set(pieces.map(([id, index]) => nonceOf(id, index))).size).toBe(pieces.length);
      }),
    );
  });
});
