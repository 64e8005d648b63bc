import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { harmless } from '../../src/commands/harmless.ts';

describe('harmless', () => {
  it.each([
    ['formatting', '**a** _b_ ~c~ ||d||', '\\*\\*a\\*\\* \\_b\\_ \\~c\\~ \\|\\|d\\|\\|'],
    ['code', '```js\na`', '\\`\\`\\`js a\\`'],
    ['a link that hides its target', '[a](https://b.c)', '\\[a\\]\\(https\\://b.c\\)'],
    ['mentions', '@everyone <@1> <#2>', '\\@everyone \\<\\@1\\> \\<\\#2\\>'],
    ['escapes', '\\*', '\\\\\\*'],
  ])('escapes %s', (_, text, shown) => {
    expect(harmless(text, 100)).toBe(shown);
  });

  it('leaves out what cannot be seen, and keeps emoji whole', () => {
    expect(harmless('a\u202Eb\u200B\u0007c\u{E0041}', 100)).toBe('abc');
    expect(harmless('👩‍🚀', 100)).toBe('👩‍🚀');
  });

  it('is one line without outer white space', () => {
    expect(harmless(' a\r\n\n  b\u2028c\t', 100)).toBe('a b c');
  });

  it('shortens between characters', () => {
    expect(harmless('abcdef', 6)).toBe('abcdef');
    expect(harmless('abcdefg', 6)).toBe('abcde…');
    expect(harmless('abcd😀ef', 6)).toBe('abcd…');
    expect(harmless('a\uD83D', 6)).toBe('a\uFFFD');
  });

  it('keeps its length and stays well formed, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        (text, max) => {
          const shown = harmless(text, max);
          return shown.length <= 2 * max && shown.isWellFormed() && !shown.includes('\n');
        },
      ),
    );
  });
});
