import { expect, it } from 'vitest';
import { readable, unescaped } from '../../../src/cli/chat/readable.ts';

const BOT = { userId: '7', name: 'Helper' };
const NOW = Date.UTC(2026, 0, 1);
const read = (text: string): string => readable(text, BOT, NOW);

it('keeps Markdown as it is, and takes out what a terminal would obey', () => {
  expect(read('**bold** `code`\n\tindented\r\nnext')).toBe('**bold** `code`\n    indented\nnext');
  expect(read('a\u001B[2Jb\u0007c\u009B1md\u202Ee\u001B]0;title\u0007f')).toBe('abcdef');
  expect(read('\u001B\u001B[[31mred')).not.toContain('\u001B');
});

it('says times in words, and the bot by its name', () => {
  const seconds = NOW / 1_000;
  expect(read(`again <t:${seconds + 90}:R>`)).toBe('again in 2 minutes');
  expect(read(`again <t:${seconds + 7_200}:R>`)).toBe('again in 2 hours');
  expect(read(`at <t:${seconds}:t>, on <t:${seconds}:D>, <t:${seconds}>`)).not.toContain('<t:');
  expect(read('Mention me (<@7>), not <@8>.')).toBe('Mention me (@Helper), not <@8>.');
});

it('takes out the backslashes of escaped Markdown, and no others', () => {
  expect(unescaped(String.raw`\*not bold\* C:\dir \\n`)).toBe(String.raw`*not bold* C:\dir \n`);
});
