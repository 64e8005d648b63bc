import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundTokens, estimateTokens } from '../../src/agents/tokens.ts';

const user = (text: string) => ({ role: 'user', parts: [{ kind: 'text', text }] }) as const;

/** Longer than what the bound adds for the request. */
const long = (unit: 'binary' | 'grapheme') =>
  fc.string({ unit, maxLength: 20 }).map((text) => text.repeat(30));

describe('estimated tokens', () => {
  it('are a quarter of the letters in Latin script, rounded up', () => {
    expect(estimateTokens('')).toBe(0);
    expect(estimateTokens('a')).toBe(1);
    expect(estimateTokens('x'.repeat(400))).toBe(100);
  });

  it.each([
    ['Chinese', '你好世界', 4],
    ['Hebrew', 'שלום', 4],
    ['an emoji', '🎭', 2],
    ['both', 'abcd世', 2],
  ])('are one for each character of %s', (_what, text, tokens) => {
    expect(estimateTokens(text)).toBe(tokens);
  });
});

describe('the most tokens of a prompt', () => {
  it('are at least its bytes, whatever is written, and its estimate', () => {
    fc.assert(
      fc.property(long('binary'), long('grapheme'), (system, text) => {
        const bound = boundTokens({ system, messages: [user(text)] });
        expect(bound).toBeGreaterThanOrEqual(Buffer.byteLength(system) + Buffer.byteLength(text));
        expect(bound).toBeGreaterThanOrEqual(estimateTokens(system) + estimateTokens(text));
      }),
    );
  });

  it('are more with each message, though it is empty, and with each image', () => {
    const image = { kind: 'image', mediaType: 'image/png', data: new Uint8Array(3) } as const;
    const none = boundTokens({ system: '', messages: [] });
    const one = boundTokens({ system: '', messages: [user('')] });
    const seen = boundTokens({ system: '', messages: [{ role: 'user', parts: [image] }] });
    expect(none).toBeGreaterThan(0);
    expect(one).toBeGreaterThan(none);
    // What the largest image costs at the providers that tell.
    expect(seen - one).toBeGreaterThanOrEqual(1_600);
  });
});
