import { describe, expect, it } from 'vitest';
import { clip, textWidth, wrap } from '../../demo/text-width.ts';

describe('the width of a text', () => {
  it.each([
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['日本', 4],
    ['👍🏽', 2],
    ['❝◐⚑', 3],
  ])('of %j is %i columns', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });
});

describe('wrapping', () => {
  it.each<[text: string, columns: number, lines: string[]]>([
    ['one two three', 8, ['one two', 'three']],
    ['abcdefghij', 4, ['abcd', 'efgh', 'ij']],
    ['a\n\nb', 4, ['a', '', 'b']],
    ['  - indented', 20, ['  - indented']],
    ['日本語', 4, ['日本', '語']],
    ['日本', 1, ['日', '本']],
    ['', 4, ['']],
  ])('%j to %i columns', (text, columns, lines) => {
    expect(wrap(text, columns)).toEqual(lines);
  });

  it('shortens with an ellipsis where there is no room', () => {
    expect(clip('to be, or not', 7)).toBe('to be,…');
    expect(clip('to be', 5)).toBe('to be');
  });
});
