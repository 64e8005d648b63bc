import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText } from '../../../src/agents/llm/decode-text.ts';

const swapped = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const utf32 = (text: string): Buffer => {
  const codes = Array.from(text, (char) => char.codePointAt(0) ?? 0);
  return Buffer.from(Uint32Array.from([0xfeff, ...codes]).buffer);
};
const TEXT = 'Grüße, 世界 😀';

describe('decodeText', () => {
  it.each([
    { what: 'an empty file', bytes: Buffer.of(), text: '' },
    { what: 'UTF-8', bytes: Buffer.from(TEXT), text: TEXT },
    { what: 'UTF-8 with its mark', bytes: Buffer.from(`\uFEFF${TEXT}`), text: TEXT },
    { what: 'UTF-16 LE with its mark', bytes: Buffer.from(`\uFEFF${TEXT}`, 'utf16le'), text: TEXT },
    { what: 'UTF-16 BE with its mark', bytes: swapped(`\uFEFF${TEXT}`), text: TEXT },
    { what: 'UTF-32 LE with its mark', bytes: utf32(TEXT), text: TEXT },
    { what: 'UTF-16 LE without a mark', bytes: Buffer.from(TEXT, 'utf16le'), text: TEXT },
    { what: 'UTF-16 BE without a mark', bytes: swapped(TEXT), text: TEXT },
    { what: 'UTF-16 with zeros on both sides', bytes: swapped('abcde 一一一'), text: 'abcde 一一一' },
    { what: 'windows-1252', bytes: Buffer.of(0x47, 0x72, 0xfc, 0xdf, 0x65, 0x20, 0x80), text: 'Grüße €' },
    {
      what: 'colours of a terminal',
      bytes: Buffer.from('\u001b[31mred\u001b[0m'),
      text: '\u001b[31mred\u001b[0m',
    },
    { what: 'line ends of all kinds', bytes: Buffer.from('a\r\nb\rc\n\r\nd'), text: 'a\nb\nc\n\nd' },
  ])('reads $what', ({ bytes, text }) => {
    expect(decodeText(bytes, undefined)).toBe(text);
  });

  it('believes the charset of the media type, also in quotes', () => {
    const cyrillic = Buffer.of(0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2);
    expect(decodeText(cyrillic, 'text/plain; charset=windows-1251')).toBe('Привет');
    expect(decodeText(cyrillic, 'text/plain; format=flowed; charset="windows-1251"')).toBe('Привет');
    expect(decodeText(Buffer.of(0x82, 0xa0, 0x82, 0xa2), 'text/plain; charset=shift_jis')).toBe('あい');
  });

  it.each(['x-unheard-of', '', 'replacement', 'us-ascii', 'iso-8859-1'])(
    'does not believe the charset %j of a file in UTF-8',
    (charset) => {
      expect(decodeText(Buffer.from('Grüße'), `text/plain; charset=${charset}`)).toBe('Grüße');
    },
  );

  it('does not believe a charset that the bytes are not valid as', () => {
    const bytes = Buffer.of(0x61, 0xff, 0x62);
    for (const charset of ['utf-8', 'gb18030', 'euc-jp']) {
      expect(decodeText(bytes, `text/plain; charset=${charset}`)).toBe('aÿb');
    }
  });

  it('believes a mark rather than the media type', () => {
    expect(decodeText(Buffer.from('\uFEFFä'), 'text/plain; charset=windows-1251')).toBe('ä');
  });

  it('leaves out a character that is cut at the end, in every encoding', () => {
    const cut = (bytes: Buffer, by: number) => bytes.subarray(0, bytes.length - by);
    for (const by of [1, 2, 3]) {
      expect(decodeText(cut(Buffer.from('Grüße 😀'), by), undefined)).toBe('Grüße ');
      expect(decodeText(cut(Buffer.from('\uFEFFGrüße 😀', 'utf16le'), by), undefined)).toBe('Grüße ');
      expect(decodeText(cut(utf32('Grüße 😀'), by), undefined)).toBe('Grüße ');
    }
    expect(decodeText(Buffer.of(0x82, 0xa0, 0x82), 'text/plain; charset=shift_jis')).toBe('あ');
  });

  it.each([
    { what: 'a PNG', bytes: Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1') },
    { what: 'a text with a zero byte', bytes: Buffer.from(`a long text ${'-'.repeat(99)} with one zero \0`) },
    { what: 'many control characters', bytes: Buffer.from('\x01\x02abc\x03\x04def\x05\x06') },
    {
      what: 'compressed data without zeros',
      bytes: Buffer.from(Array.from({ length: 999 }, (_, at) => 1 + ((at * 167) % 255))),
    },
    { what: 'UTF-32 beyond Unicode', bytes: Buffer.of(0xff, 0xfe, 0, 0, 0xff, 0xff, 0xff, 0x7f) },
    { what: 'UTF-32 with half characters', bytes: Buffer.of(0xff, 0xfe, 0, 0, 0, 0xd8, 0, 0) },
    { what: 'zeros', bytes: Buffer.alloc(64) },
  ])('does not take $what for text', ({ bytes }) => {
    expect(decodeText(bytes, 'text/plain; charset=utf-8')).toBeUndefined();
  });

  it('reads every text in UTF-8 as it was written', () => {
    const char = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/[\p{Cc}\uFEFF]/u.test(text));
    fc.assert(
      fc.property(char, (text) => {
        expect(decodeText(Buffer.from(text), undefined)).toBe(text);
      }),
    );
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = decodeText(bytes, undefined) ?? '';
        expect(text.isWellFormed()).toBe(true);
        expect(text).not.toMatch(/[\0\r]/);
      }),
      { numRuns: 1000 },
    );
  });
});
