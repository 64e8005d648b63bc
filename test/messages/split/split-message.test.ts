import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MIN_MESSAGE_LENGTH, splitMessage } from '../../../src/messages/split/split-message.ts';

const word = (length: number) => 'w'.repeat(length);
const words = (count: number) => Array.from({ length: count }, (_, index) => `word${index}`).join(' ');

describe('splitMessage', () => {
  it.each([
    { what: 'an empty text has no pieces', text: '', limit: 20, pieces: [] },
    { what: 'a blank text has no pieces', text: ' \n\t \n', limit: 20, pieces: [] },
    { what: 'a blank text longer than a piece has none either', text: ' '.repeat(99), limit: 20, pieces: [] },
    { what: 'what fits stays as it is', text: ' hello \n', limit: 20, pieces: [' hello \n'] },
    { what: 'what fits exactly stays whole', text: word(20), limit: 20, pieces: [word(20)] },
    {
      what: 'a paragraph ends a piece rather than a later line',
      text: 'one two three\n\nfour\nfive six seven',
      limit: 20,
      pieces: ['one two three', 'four\nfive six seven'],
    },
    {
      what: 'a line ends a piece rather than a later sentence',
      text: 'one two three\nfour. five six seven',
      limit: 20,
      pieces: ['one two three', 'four. five six seven'.slice(0, 20)],
    },
    {
      what: 'a sentence ends a piece rather than a later word',
      text: 'one two three. four five six',
      limit: 20,
      pieces: ['one two three.', 'four five six'],
    },
    {
      what: 'a word ends a piece',
      text: 'one two three four five',
      limit: 20,
      pieces: ['one two three four', 'five'],
    },
    {
      what: "a list's number does not end a sentence",
      text: 'one two thr 1. four five',
      limit: 16,
      pieces: ['one two thr 1.', 'four five'],
    },
    {
      what: 'an early paragraph does not make a tiny piece when a line ends later',
      text: 'Hi\n\none two three\nfour five six',
      limit: 20,
      pieces: ['Hi\n\none two three', 'four five six'],
    },
    {
      what: 'a long word moves to the next piece',
      text: `See ${word(18)} x`,
      limit: 20,
      pieces: ['See', `${word(18)} x`],
    },
    {
      what: 'a word that fits nowhere is cut',
      text: word(45),
      limit: 20,
      pieces: [word(20), word(20), word(5)],
    },
    {
      what: 'Chinese sentences need no spaces',
      text: '今天天气很好我们去吧。明天也许下雨那就算了吧',
      limit: 16,
      pieces: ['今天天气很好我们去吧。', '明天也许下雨那就算了吧'],
    },
    {
      what: 'a surrogate pair stays whole',
      text: '😀'.repeat(10),
      limit: 17,
      pieces: ['😀'.repeat(8), '😀😀'],
    },
    { what: 'a family stays whole', text: '👨‍👩‍👧‍👦'.repeat(3), limit: 16, pieces: ['👨‍👩‍👧‍👦', '👨‍👩‍👧‍👦', '👨‍👩‍👧‍👦'] },
    { what: 'a flag stays whole', text: '🇩🇪'.repeat(5), limit: 18, pieces: ['🇩🇪'.repeat(4), '🇩🇪'] },
    {
      what: 'a character longer than a piece is cut all the same',
      text: `a${'\u0301'.repeat(30)}`,
      limit: 16,
      pieces: [`a${'\u0301'.repeat(15)}`, '\u0301'.repeat(15)],
    },
  ])('$what', ({ text, limit, pieces }) => {
    expect(splitMessage(text, limit)).toEqual(pieces);
  });

  it('refuses a limit that leaves no room for code blocks', () => {
    expect(() => splitMessage('text', MIN_MESSAGE_LENGTH - 1)).toThrow(RangeError);
    expect(() => splitMessage('text', NaN)).toThrow(RangeError);
  });
});

describe('splitMessage and code blocks', () => {
  it.each([
    {
      what: 'a block that fits the next piece moves there whole',
      text: 'Look at this, it is here:\n```js\nlet a = 1;\n```',
      limit: 40,
      pieces: ['Look at this, it is here:', '```js\nlet a = 1;\n```'],
    },
    {
      what: 'text goes on behind a block that fits',
      text: '```js\n\na\n\n``` one two three four five',
      limit: 24,
      pieces: ['```js\n\na\n\n``` one two', 'three four five'],
    },
    {
      what: 'a block that is too long is closed and opened again with its language',
      text: '```js\nlet one = 1;\n  let two = 2;\n    let three = 3;\n```',
      limit: 40,
      pieces: ['```js\nlet one = 1;\n  let two = 2;\n```', '```js\n    let three = 3;\n```'],
    },
    {
      what: 'longer fences are opened again as they were, and hold shorter ones',
      text: `\`\`\`\`md\n${'```\nx\n```\n'.repeat(4)}\`\`\`\``,
      limit: 40,
      pieces: ['````md\n```\nx\n```\n```\nx\n```\n```\nx\n````', '````md\n```\n```\nx\n```\n````'],
    },
    {
      what: 'a block left open is closed',
      text: 'See:\n```py\nx = 1',
      limit: 40,
      pieces: ['See:\n```py\nx = 1\n```'],
    },
    {
      what: 'a block left open is closed in every piece',
      text: '```py\nx = 100\ny = 200\nz = 300',
      limit: 26,
      pieces: ['```py\nx = 100\ny = 200\n```', '```py\nz = 300\n```'],
    },
    {
      what: 'closing a block left open counts too',
      text: `\`\`\`\n${word(14)}\n${word(4)}`,
      limit: 26,
      pieces: [`\`\`\`\n${word(14)}\n\`\`\``, `\`\`\`\n${word(4)}\n\`\`\``],
    },
    {
      what: 'a block on one line is not cut at its spaces',
      text: 'one two three ```a b c d e``` four',
      limit: 24,
      pieces: ['one two three', '```a b c d e``` four'],
    },
    {
      what: 'backticks within a line that nothing ends are text',
      text: 'three ``` begin a block, which this is not',
      limit: 30,
      pieces: ['three ``` begin a block, which', 'this is not'],
    },
    {
      what: 'a piece never holds nothing but the end of a block',
      text: `\`\`\`\n${word(24)}\n\n\`\`\`\nbye`,
      limit: 32,
      pieces: [`\`\`\`\n${word(24)}\n\`\`\``, 'bye'],
    },
    {
      what: 'blank lines that fill a piece are left out, the indentation below them is not',
      text: `\`\`\`js\na\n${'\n'.repeat(90)}  b\n\`\`\``,
      limit: 30,
      pieces: [expect.stringMatching(/^```js\na\n+```$/), '```js\n  b\n```'],
    },
    {
      what: 'a long line of code is cut at a space, which stays',
      text: '```\nlet alpha = beta + gamma;\n```',
      limit: 28,
      pieces: ['```\nlet alpha = beta +\n```', '```\n gamma;\n```'],
    },
    {
      what: 'line breaks of Windows are line breaks',
      text: '```js\r\nlet one = 1;\r\nlet two = 2;\r\n```',
      limit: 28,
      pieces: ['```js\r\nlet one = 1;\n```', '```js\nlet two = 2;\r\n```'],
    },
  ])('$what', ({ text, limit, pieces }) => {
    expect(splitMessage(text, limit)).toEqual(pieces);
  });
});

const blank = fc.constantFrom(' ', '  ', '\n', '\n\n', '\r\n', '\t', ' '.repeat(60), '\n'.repeat(60));
const ink = fc.oneof(
  fc.constantFrom('a', 'word', 'sentence.', 'why?', '好。', '😀', '👩‍🚀', '🇫🇷', 'e\u0301', '*b*', '`c`', '``'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  fc.integer({ min: 1, max: 150 }).map(word),
);
// No word stands right behind backticks that are not on the list: it would be a language.
const fence = fc.constantFrom(
  '```(',
  '```js\n',
  '\n```js\n',
  '\n```\n',
  '```\n',
  '````(',
  '\n````md\n',
  '``````(',
  '```x y\n',
);
const prose = fc
  .array(fc.oneof(blank, ink), { maxLength: 60 })
  .map((parts) => parts.join('').replace(/`{3,}/g, '`'));
const anything = fc
  .array(
    fc.oneof(
      blank,
      ink.map((text) => text.replaceAll('`', '')),
      fence,
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));
const limits = fc.oneof(fc.integer({ min: MIN_MESSAGE_LENGTH, max: 80 }), fc.constant(2000));

/** What is left of a text when white space and everything that a code block is closed and opened with is gone. */
const essence = (text: string) => text.replace(/[`jsmd\s]/g, '');

/** Three backticks or more begin a block, and as many or more end it. */
function isBalanced(piece: string): boolean {
  let open = 0;
  for (const [run] of piece.matchAll(/`{3,}/g)) {
    if (open === 0) open = run.length;
    else if (run.length >= open) open = 0;
  }
  return open === 0;
}

describe('every piece of every text', () => {
  it('is within the limit, not blank, well-formed, and none is missing', () => {
    fc.assert(
      fc.property(anything, limits, (text, limit) => {
        const pieces = splitMessage(text, limit);
        for (const piece of pieces) {
          expect(piece.length).toBeLessThanOrEqual(limit);
          expect(piece.trim()).not.toBe('');
          expect(piece.isWellFormed()).toBe(true);
        }
        expect(essence(pieces.join(''))).toBe(essence(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('makes up a text without code blocks, all but the white space where it was cut', () => {
    fc.assert(
      fc.property(prose, limits, (text, limit) => {
        let at = 0;
        for (const piece of splitMessage(text, limit)) {
          const found = text.indexOf(piece, at);
          expect(text.slice(at, found).trim()).toBe('');
          at = found + piece.length;
        }
        expect(text.slice(at).trim()).toBe('');
      }),
      { numRuns: 2000 },
    );
  });

  it('has balanced code blocks', () => {
    const block = fc
      .tuple(fc.constantFrom('', 'js', 'c++'), prose, fc.boolean())
      .map(([language, code, ended]) => `\n\`\`\`${language}\n${code}${ended ? '\n```\n' : ''}`);
    const blocks = fc.array(fc.oneof(prose, block), { maxLength: 8 }).map((parts) => parts.join('\n'));
    fc.assert(
      fc.property(blocks, limits, (text, limit) => {
        for (const piece of splitMessage(text, limit)) expect(isBalanced(piece)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('holds every code block whole that is not longer than a piece', () => {
    const block = fc
      .array(
        ink.map((text) => text.replaceAll('`', '')),
        { maxLength: 3 },
      )
      .map((code) => `\`\`\`js\n${code.join('\n')}\n\`\`\``);
    fc.assert(
      fc.property(fc.array(fc.tuple(prose, block), { maxLength: 8 }), limits, (parts, limit) => {
        const pieces = splitMessage(
          parts
            .flat()
            .map((part, index) => (index % 2 === 0 ? part.replaceAll('`', '') : part))
            .join('\n'),
          limit,
        );
        for (const [, code] of parts) {
          if (code.length <= limit) expect(pieces.some((piece) => piece.includes(code))).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps all code and its indentation, line by line', () => {
    const line = fc
      .tuple(fc.nat(8), fc.integer({ min: 1, max: 20 }))
      .map(([indent, length]) => ' '.repeat(indent) + word(length));
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 60, max: 200 }),
        (lines, limit) => {
          const pieces = splitMessage(`\`\`\`ts\n${lines.join('\n')}\n\`\`\``, limit);
          const code = pieces.map((piece) => piece.slice('```ts\n'.length, -'\n```'.length));
          expect(code.join('\n')).toBe(lines.join('\n'));
        },
      ),
    );
  });
});

describe('a megabyte', () => {
  it.each([
    { what: 'of words', text: words(120_000) },
    { what: 'without a space', text: word(1_000_000) },
    { what: 'of spaces in a code block', text: `\`\`\`\n${' '.repeat(1_000_000)}x\n\`\`\`` },
    { what: 'of blank lines', text: `a${'\n'.repeat(1_000_000)}b` },
    { what: 'of code blocks', text: '```js\ncode\n```\n'.repeat(70_000) },
    { what: 'in one code block', text: `\`\`\`js\n${'some code\n'.repeat(100_000)}\`\`\`` },
    { what: 'of backticks that end nothing', text: 'a ````` b ```` '.repeat(70_000) },
    { what: 'of emoji', text: '👨‍👩‍👧‍👦'.repeat(90_000) },
    // How long it takes is for the bench to say; work that grows with the square would not end within a test's time.
  ])('$what is split', ({ text }) => {
    for (const piece of splitMessage(text, 2000)) expect(piece.length).toBeLessThanOrEqual(2000);
  });
});
