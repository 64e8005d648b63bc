import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHarmlessText, harmlessText } from '../../../src/messages/harmless/harmless-text.ts';
import { redactShapes } from '../../../src/observability/secret-shapes.ts';

const clean = (text: string) => harmlessText(text, redactShapes);

/** What comes out when a text comes in these chunks. */
function stream(chunks: readonly string[]): string[] {
  const filter = createHarmlessText(redactShapes);
  return [...chunks.map((chunk) => filter.push(chunk)), filter.end()];
}

const KEY = 'sk-abcdefghijkl0123456789';

describe('a masked link', () => {
  it.each([
    ['[discord.com](https://evil.example)', 'discord.com (<https://evil.example>)'],
    [
      '[https://discord.com/app](https://evil.example/x)',
      'https://discord.com/app (<https://evil.example/x>)',
    ],
    ['[**discord.com**](<https://evil.example>)', '**discord.com** (<https://evil.example>)'],
    ['[discord.com](https://evil.example "discord.com")', 'discord.com (<https://evil.example>)'],
    ['[discord.com](https://discord.com@evil.example)', 'discord.com (<https://discord.com@evil.example>)'],
    ['[discord.com](https://discord.com.evil.example)', 'discord.com (<https://discord.com.evil.example>)'],
    ['[go to discord.com now](https://evil.example)', 'go to discord.com now (<https://evil.example>)'],
    ['[1.1.1.1](https://evil.example)', '1.1.1.1 (<https://evil.example>)'],
    ['[discord\u3002com](https://evil.example)', 'discord\u3002com (<https://evil.example>)'],
    ['[disc\u200Bord.com](https://evil.example)', 'discord.com (<https://evil.example>)'],
    ['[discord.com]\u200B(https://evil.example)', 'discord.com (<https://evil.example>)'],
    ['[ｄｉｓｃｏｒｄ．ｃｏｍ](https://evil.example)', 'ｄｉｓｃｏｒｄ．ｃｏｍ (<https://evil.example>)'],
    ['[a.org](https://b.org/x_(y))', 'a.org (<https://b.org/x_(y)>)'],
  ])('that pretends to lead elsewhere shows where it leads: %s', (text, shown) => {
    expect(clean(`See ${text}!`)).toBe(`See ${shown}!`);
  });

  it.each([
    '[the docs](https://docs.example.org/guide)',
    '[the docs](<https://docs.example.org> "Docs")',
    '[docs.example.org](https://docs.example.org/guide)',
    '[example.org](https://www.example.org)',
    '[www.example.org](https://example.org)',
    '[example.org](https://docs.example.org)',
    '[Node.js](https://nodejs.org)',
    '[version 1.2.3](https://example.org)',
    'items[0](x) and [ ] to do, [1] and [2]',
    'an open [ bracket',
  ])('that pretends nothing stays as it is: %s', (text) => {
    expect(clean(`See ${text}!`)).toBe(`See ${text}!`);
  });

  it.each([
    '```md\n[discord.com](https://evil.example)\n```',
    'This: `[discord.com](https://evil.example)`.',
    'This: ``[discord.com](https://evil.example)``.',
  ])('stays as it is in code: %s', (text) => {
    expect(clean(text)).toBe(text);
  });

  it.each([
    '`a\n[discord.com](https://evil.example)',
    '`a\n```\nb `\n[discord.com](https://evil.example)\n```',
    '```\n```\nx\n```\n[discord.com](https://evil.example)',
    '```js\n```\n[x](y)\n```\n[discord.com](https://evil.example)\n```',
    '````\n```\n[discord.com](https://evil.example)\n````',
    'x ``` y\n```\n[discord.com](https://evil.example)',
    'x ``` [discord.com](https://evil.example)',
    '```\n```\nx [discord.com](https://evil.example)',
    '```\nx\n```` `[discord.com](https://evil.example)`',
    '[see `](https://a.example) `[discord.com](https://evil.example)`',
    '[discord.com [x]](https://evil.example)',
    '[a] b] [discord.com](https://evil.example)',
    '[see `](https://a.example) [discord.com](https://evil.example) `',
    '[a [discord.com](https://evil.example)](https://evil.example)',
    '[discord.com [a](https://evil.example)](https://other.example)',
    '[discord.com](https://evil.example/( )',
    `[discord.com${' '.repeat(3_000)}](https://evil.example)`,
    '[discord.com ] ](https://evil.example)',
  ])('is not hidden by code that is none, nor by brackets that mislead: %s', (text) => {
    expect(clean(text)).not.toMatch(/discord\.com[^\n(]*\]\(\s*https:\/\/evil/);
  });
});

describe('an invisible character', () => {
  it.each([
    ['zero width', 'a\u200Bb\u2060c\uFEFFd\u00ADe', 'abcde'],
    ['directions', 'a\u202Eb\u2066c\u200Fd', 'abcd'],
    ['tags', 'hi\u{E0049}\u{E0067}\u{E006E}', 'hi'],
    ['tags behind a flag that is none', '\u{1F3F4}\u{E0049}\u{E0067}', '\u{1F3F4}'],
    ['variation selectors that carry data', 'a\uFE0F\u{E0100}\u{E0101}', 'a'],
    ['controls', 'a\0b\x1B[31mc\r\nd\x7F', 'ab[31mc\nd'],
    ['joiners between Latin letters', 'a\u200Db\u200Cc', 'abc'],
    ['joiners in a row', '\u{1F468}\u200D\u200D\u{1F469}', '\u{1F468}\u{1F469}'],
  ])('is taken out: %s', (_, text, shown) => {
    expect(clean(text)).toBe(shown);
  });

  it.each([
    ['line breaks and tabs', 'a\n\tb'],
    ['a family', '👨‍👩‍👧‍👦'],
    ['a profession with a skin', '👩🏽‍🚀'],
    ['a keycap', '1️⃣'],
    ['the flag of a part of a country', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
    ['a flag of two emoji', '🏳️‍🌈'],
    ['Persian', 'می‌خواهم'],
    ['Hindi', 'क्‍ष'],
  ])('stays where it is needed: %s', (_, text) => {
    expect(clean(text)).toBe(text);
  });
});

describe('a secret', () => {
  it.each([
    `the key ${KEY}!`,
    `Authorization: Bearer ${KEY}`,
    'Authorization:  Basic  c2VjcmV0OnNlY3JldA==',
    'use Bearer \n abcdefgh12345678 there',
    `api-key: ${KEY}`,
    'send X-Amz-Security-Token: abcdefgh12345678 there',
    `\`\`\`\n${KEY}\n\`\`\``,
    `sk-abcdef\u200Bghijkl0123456789`,
    'postgres://troupe:密码很长a@db.example/x',
  ])('never comes out, neither whole nor in chunks: %s', (text) => {
    expect(clean(text)).toContain('[redacted]');
    expect(stream(text.split('')).join('')).toBe(clean(text));
  });
});

describe('text that comes in chunks', () => {
  const part = fc.oneof(
    fc.constantFrom(
      ' ',
      '\n',
      'word',
      'a.b.org',
      '好',
      '。',
      'discord.com',
      'https://a.org',
      'Bearer',
      'Bot ',
    ),
    fc.constantFrom(
      '[',
      ']',
      '(',
      ')',
      '](',
      '[x](',
      '<',
      '>',
      '"',
      '\\',
      '`',
      '``',
      '```',
      '````',
      '\n```js\n',
      ':',
    ),
    fc.constantFrom(
      '\u200B',
      '\u200D',
      '\uFE0F',
      '👨',
      '👩‍🚀',
      '\u{1F3F4}',
      '\u{E0067}\u{E0062}',
      '\u{E0065}\u{E007F}',
      '\r',
    ),
    fc.constantFrom(
      KEY,
      'abcdefghij',
      '[discord.com](https://evil.org)',
      'Authorization:',
      'a'.repeat(990),
      ' '.repeat(990),
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  );

  it('comes out the same, however it was cut', () => {
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (parts, sizes) => {
          const text = parts.join('');
          const whole = clean(text);
          expect(stream(parts).join('')).toBe(whole);
          const chunks: string[] = [];
          let at = 0;
          for (let turn = 0; at < text.length; turn++) {
            const size = sizes[turn % sizes.length] ?? 1;
            chunks.push(text.slice(at, at + size));
            at += size;
          }
          expect(stream(chunks).join('')).toBe(whole);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('comes out the same also where a word is too long to be held', () => {
    const text = `${'a'.repeat(1_980)}/${KEY} ${'b'.repeat(1_999)}😀${'c'.repeat(99)}`;
    expect(stream(text.match(/[^]{1,7}/g) ?? []).join('')).toBe(clean(text));
    for (const chunk of stream([text, 'd'])) expect(chunk.isWellFormed()).toBe(true);
  });

  it('comes out in whole words', () => {
    expect(stream(['Hel', 'lo wor', 'ld, he', 'llo'])).toEqual(['', 'Hello ', 'world, ', '', 'hello']);
  });

  it('comes out by characters where there are no spaces between words', () => {
    expect(stream(['今天', '天气'])).toEqual(['今天', '天气', '']);
  });

  it.each(['[', '`', 'Bearer ', 'x', '](', '```', '[a](', '[a](b "'])(
    'is not held back for good behind %s',
    (text) => {
      const filter = createHarmlessText(redactShapes);
      expect(filter.push(text + 'x'.repeat(10_000)).length).toBeGreaterThan(5_000);
    },
  );

  it('comes out as it is when it is plain', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ' ', '\n', '*', '_', '`', 'é', '好', '@') }),
        (text) => {
          expect(clean(text)).toBe(text);
          expect(stream(text.match(/[^]{1,3}/gu) ?? []).join('')).toBe(text);
        },
      ),
    );
  });
});
