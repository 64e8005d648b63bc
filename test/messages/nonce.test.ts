import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nonceOf } from '../../src/messages/nonce.ts';

describe('nonceOf', () => {
  it('is within what Discord takes: at most 25 characters that need no escape', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.nat(), (exchange, piece) => {
        expect(nonceOf(exchange, piece)).toMatch(/^[\w-]{20,25}$/);
      }),
    );
  });

  it('is the same for the same piece, also in another process', () => {
    // Written down: a new version of the program must not post again what an older one had posted.
    expect(nonceOf('01981f5e-7c00-7abc-8def-0123456789ab', 0)).toBe('UHKb35rrSM7jd_MVzmw-cri27');
    expect(nonceOf('01981f5e-7c00-7abc-8def-0123456789ab', 1)).toBe('GlX2C7MDIrv3ZL7TONHdczLrY');
  });

  it('differs between pieces and between exchanges', () => {
    const piece = fc.tuple(fc.stringMatching(/^[0-9a-f-]{1,36}$/), fc.nat({ max: 200 }));
    fc.assert(
      fc.property(fc.uniqueArray(piece, { selector: ([id, index]) => `${id}/${index}` }), (pieces) => {
        expect(new Set(pieces.map(([id, index]) => nonceOf(id, index))).size).toBe(pieces.length);
      }),
    );
  });
});
