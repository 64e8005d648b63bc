import { styleText } from 'node:util';
import { expect, it } from 'vitest';
import { wrapWords } from '../../src/cli/wrap-words.ts';

it('breaks a line at spaces, where it must', () => {
  expect(wrapWords('to be or not to be', 9)).toEqual(['to be or', 'not to be']);
  expect(wrapWords('short', 80)).toEqual(['short']);
  expect(wrapWords('', 80)).toEqual(['']);
});

it('keeps indentation, and a word that is too long whole', () => {
  expect(wrapWords('  see https://example.org/long/way there', 12)).toEqual([
    '  see',
    'https://example.org/long/way',
    'there',
  ]);
});

it('does not count colours', () => {
  const red = styleText('red', 'to', { validateStream: false });
  expect(wrapWords(`${red} be or not`, 9)).toEqual([`${red} be or`, 'not']);
});
