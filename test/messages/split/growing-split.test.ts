import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGrowingSplit } from '../../../src/messages/split/growing-split.ts';
import { MIN_MESSAGE_LENGTH, splitMessage } from '../../../src/messages/split/split-message.ts';

/** Three backticks or more begin a block, and as many or more end it. */
function isBalanced(piece: string): boolean {
  let open = 0;
  for (const [run] of piece.matchAll(/`{3,}/g)) {
    if (open === 0) open = run.length;
    else if (run.length >= open) open = 0;
  }
  return open === 0;
}

const part = fc.oneof(
  fc.constantFrom(' ', ' ', '\n', '\n\n', '\r\n', '\t', ' '.repeat(30), '\n'.repeat(30)),
  fc.constantFrom(
    'a',
    'word',
    'sentence.',
    'why?',
    '好。',
    '😀',
    '👩‍🚀',
    'e\u0301',
    '*b*',
    '`c`',
    '`',
    '``',
    '1.',
  ),
  fc.integer({ min: 1, max: 60 }).map((length) => 'w'.repeat(length)),
  fc.constantFrom(
    '```',
    '```(',
    '```js\n',
    '\n```js\n',
    '\n```\n',
    '\n````md\n',
    '`````',
    '``````',
    '`'.repeat(9),
  ),
);
const chunked = fc.array(part, { maxLength: 80 });
const limits = fc.oneof(fc.integer({ min: MIN_MESSAGE_LENGTH, max: 80 }), fc.constant(400));

/** The states of a text that comes in these chunks; each is looked at. */
function statesOf(chunks: readonly string[], limit: number) {
  const split = createGrowingSplit(limit);
  const states = chunks.map((chunk) => {
    split.push(chunk);
    return split.pieces();
  });
  return { states, end: split.end() };
}

describe('a text that is split while it grows', () => {
  it('has in the end the pieces of the whole text, however it came, and complete ones never changed', () => {
    fc.assert(
      fc.property(chunked, limits, (chunks, limit) => {
        const { states, end } = statesOf(chunks, limit);
        expect(end).toEqual(splitMessage(chunks.join(''), limit));
        for (const pieces of states) {
          expect(pieces.length).toBeLessThanOrEqual(end.length);
          expect(pieces.slice(0, -1)).toEqual(end.slice(0, Math.max(0, pieces.length - 1)));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('has the same pieces letter by letter', () => {
    fc.assert(
      fc.property(chunked, limits, (chunks, limit) => {
        const text = chunks.join('').slice(0, 400);
        const { states, end } = statesOf(text.split(''), limit);
        for (const pieces of states) {
          expect(pieces.slice(0, -1)).toEqual(end.slice(0, Math.max(0, pieces.length - 1)));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never shows more than the limit, nor a blank piece', () => {
    fc.assert(
      fc.property(chunked, limits, (chunks, limit) => {
        for (const pieces of statesOf(chunks, limit).states) {
          for (const piece of pieces) {
            expect(piece.length).toBeLessThanOrEqual(limit);
            expect(piece.trim()).not.toBe('');
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('shows whole code blocks only', () => {
    const lines = fc.array(fc.constantFrom('let a = 1;', '  return b;', '', 'x'.repeat(50)), {
      maxLength: 12,
    });
    const block = fc
      .tuple(fc.constantFrom('', 'js', 'c++'), lines)
      .map(([language, code]) => `\`\`\`${language}\n${code.join('\n')}\n\`\`\`\n`);
    const prose = fc.constantFrom('Some words. ', 'A line\n', 'A paragraph.\n\n');
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            prose,
            block.map((code) => `\n${code}`),
          ),
          { maxLength: 10 },
        ),
        fc.integer({ min: 24, max: 200 }),
        (parts, limit) => {
          const chunks = parts.join('').match(/[^]{1,7}/g) ?? [];
          for (const pieces of statesOf(chunks, limit).states) {
            for (const piece of pieces) expect(isBalanced(piece)).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('cuts a piece off before twice its length is there', () => {
    const split = createGrowingSplit(100);
    split.push('Some words of a sentence. '.repeat(5));
    expect(split.pieces()).toHaveLength(2);
    const code = createGrowingSplit(100);
    code.push(`\`\`\`js\n${'let a = 1;\n'.repeat(14)}`);
    expect(code.pieces()).toHaveLength(2);
  });

  it.each([
    [
      'a line break that may end a paragraph',
      ['some words\n\nword\n', '        ', '\n', 'more words to come'],
    ],
    ['a character that may go on', [`${'w'.repeat(18)}👍\uD83C`, '\uDFFD', 'w'.repeat(40)]],
    [
      'backticks that may open a code block',
      ['some ``` words and more words ', 'and more ', '``` end of it all'],
    ],
  ])('waits with the cut for %s', (_, chunks) => {
    const { states, end } = statesOf(chunks, 20);
    expect(end.length).toBeGreaterThan(1);
    for (const pieces of states)
      expect(pieces.slice(0, -1)).toEqual(end.slice(0, Math.max(0, pieces.length - 1)));
  });

  it('never shrinks what is shown of a piece until the next one is there', () => {
    const words = 'word '.repeat(12);
    const code = `\n\`\`\`ts\n${'const x = 1;\n'.repeat(6)}\`\`\`\n`;
    const split = createGrowingSplit(100);
    let before: readonly string[] = [];
    for (const letter of words + code) {
      split.push(letter);
      const shown = split.pieces();
      if (shown.length === before.length && shown.length > 0) {
        expect(shown.at(-1)?.length).toBeGreaterThanOrEqual(before.at(-1)?.length ?? 0);
      }
      before = shown;
    }
    expect(split.end().length).toBeGreaterThan(1);
  });

  it('shows no code block before it has code', () => {
    const split = createGrowingSplit(100);
    split.push('Look:\n```js\n');
    expect(split.pieces()).toEqual(['Look:']);
    split.push('a');
    expect(split.pieces()).toEqual(['Look:\n```js\na\n```']);
  });
});
