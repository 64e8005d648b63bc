import { expect, it } from 'vitest';
import { greeting, helpLines } from '../../demo/chat-notices.ts';
import { createPaint } from '../../demo/paint.ts';
import { textWidth } from '../../demo/text-width.ts';
import { startStandInLlm } from '../support/llm/stand-in-llm.ts';

const paint = createPaint(false);
const inOneLine = (lines: readonly string[]): string => lines.join(' ');

it('the opening says with which provider and model the Dramaturg speaks, and that words go there', () => {
  const opening = inOneLine(greeting({ speaker: 'anthropic claude-haiku-4-5', llm: undefined }, paint, 100));
  expect(opening).toContain(
    'Dramaturg speaks with anthropic claude-haiku-4-5: what you say to it goes there',
  );
  expect(opening).not.toContain('Nothing leaves');
});

it('the opening says that a stand-in is none, and how to have a real one', async () => {
  const llm = await startStandInLlm();
  const opening = inOneLine(greeting({ speaker: 'a stand-in LLM', llm }, paint, 100));
  await llm.stop();
  expect(opening).toContain('Dramaturg speaks with a stand-in LLM, ');
  expect(opening).toContain('OPENAI_API_KEY');
  expect(opening).toContain('Nothing leaves this machine.');
});

it('help has every command, in lines of sixty columns', () => {
  const lines = helpLines({ messageLength: 160 }, paint, 60);
  for (const name of ['/dm', '/reset', '/memory', '/prefix', '/prompt'])
    expect(inOneLine(lines)).toContain(name);
  for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(60);
});
