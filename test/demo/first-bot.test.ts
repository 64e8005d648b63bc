import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawFirstBot } from '../../demo/first-bot/draw-first-bot.ts';
import { styledRows } from '../../demo/first-bot/styled-rows.ts';
import { createPaint } from '../../demo/paint.ts';
import { createScreen } from '../support/pseudo-terminal.ts';

const FILE = path.join(import.meta.dirname, '../../docs/first-bot.svg');

/** What a picture says, a line each. */
const wordsOf = (svg: string): string[] =>
  [...svg.matchAll(/>([^<>\n]+)<\/text>/g)].map(([, text = '']) => text);

describe('the picture of a first bot', () => {
  it('shows what the programs do now (npm run docs:first-bot draws it anew)', async () => {
    const kept = await readFile(FILE, 'utf8');
    const drawn = await drawFirstBot();
    expect(wordsOf(kept)).toEqual(wordsOf(drawn));
    expect(kept).toBe(drawn);
  });

  it('shows no token, no key, and nothing of the machine that drew it', async () => {
    const words = wordsOf(await readFile(FILE, 'utf8')).join('\n');
    expect(words).toMatch(/^\*{50,}$/m);
    expect(words).not.toMatch(/[\w-]{20,}\.[\w-]{6}\.[\w-]{20,}|none-is-needed/);
    expect(words).not.toMatch(/127\.0\.0\.1|localhost|\/tmp|\/home|file:/);
  });
});

describe('the rows of a screen', () => {
  it('keep the styles that a picture knows', async () => {
    const paint = createPaint(true);
    const screen = createScreen(20, 5);
    const written = `a ${paint(['cyan', 'bold'], 'b')}  \r\n\r\n${paint('dim', 'c')}漢${paint('blueBright', 'd')}\r\n`;
    await new Promise<void>((resolve) => {
      screen.write(written, resolve);
    });
    expect(styledRows(screen)).toEqual([
      'a \u001B[0;1;36mb\u001B[0m',
      '',
      '\u001B[0;2mc\u001B[0m漢\u001B[0;94md\u001B[0m',
    ]);
  });
});
