import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { tokenize } from '../../support/llm/tokens.ts';
import { type ChatStage, setChatStage } from './chat-stage.ts';

/** A stage with an LLM agent. */
async function withHelper(config: Record<string, unknown> = {}): Promise<ChatStage> {
  const stage = await setChatStage();
  await stage.addAgent({ name: 'Helper', type: 'llm', config: { model: 'gpt-4o', ...config } });
  return stage;
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const UP = '\u001B[A';

/** How often a text is among others. */
const times = (text: string, all: string): number => all.split(text).length - 1;

it('offers to make an echo agent where there is none, makes it, and talks to it at once', async () => {
  const stage = await setChatStage();
  const terminal = stage.open();
  await terminal.until('Make an echo agent, Parrot');
  terminal.type('\r');
  await terminal.until('you ›');
  terminal.type('hello\r');
  await terminal.until('Parrot › hello');
  terminal.type(CTRL_D);
  expect(await terminal.ended).toBe(0);
  expect(await stage.database.agents.list()).toMatchObject([{ name: 'Parrot', type: 'echo', enabled: true }]);
});

it('makes no agent when that is declined, or left with Ctrl-C', async () => {
  const stage = await setChatStage();
  for (const answer of ['n\r', CTRL_C]) {
    const terminal = stage.open();
    await terminal.until('Make an echo agent');
    terminal.type(answer);
    expect(await terminal.ended).toBe(1);
    expect(terminal.text()).toMatch(/nobody/);
  }
  expect(await stage.database.agents.list()).toEqual([]);
});

it('lets one choose among several agents', async () => {
  const stage = await setChatStage();
  for (const name of ['Herald', 'Parrot']) await stage.addAgent({ name });
  const terminal = stage.open();
  await terminal.until('Who do you want to talk to?');
  terminal.type('\u001B[B\r');
  await terminal.until('you ›');
  terminal.type('hello\r');
  await terminal.until('Parrot › hello');
});

it('shows typing, then the answer as it grows, each line once', async () => {
  const stage = await withHelper();
  const lines = Array.from(
    { length: 40 },
    (_, at) => `Line ${at + 1} of a poem, ${'la '.repeat(at / 2)}end ${at + 1}.`,
  );
  const text = ['```', ...lines, '```'].join('\n');
  const terminal = stage.open('Helper');
  await terminal.until('you ›');
  const before = stage.llm.hangRequests({ after: 'headers', times: 1 });
  stage.llm.replyOnce(text);
  terminal.type('a poem, please\r');
  await terminal.until('Helper is typing…');
  before.lift();
  await terminal.until('end 40.');
  await terminal.until(/you › $|you ›$/);
  expect(terminal.text()).not.toContain('is typing');
  for (let at = 1; at <= 40; at++) expect(times(`end ${at}.`, terminal.text())).toBe(1);
  const shown = terminal.lines();
  expect(shown.slice(shown.findIndex((line) => line.startsWith('Helper ›')))).toContain(lines[39]);
});

it('cancels an answer with Ctrl-C, keeps what was said, and goes on', async () => {
  const stage = await withHelper();
  const terminal = stage.open('Helper');
  await terminal.until('you ›');
  stage.llm.hangRequests({ after: 3, times: 1 });
  stage.llm.replyOnce('One two three four five six.');
  terminal.type('count\r');
  await terminal.until('One two');
  terminal.type(CTRL_C);
  await terminal.until('⚠️ Cancelled.');
  stage.llm.replyOnce('Still here.');
  terminal.type('hello?\r');
  await terminal.until(/Helper › Still here\.\n\nyou ›/);
  expect(times('One two', terminal.text())).toBe(1);
  terminal.type(CTRL_C);
  expect(await terminal.ended).toBe(0);
  expect(stage.rows('SELECT state, reason FROM exchanges ORDER BY id')).toEqual([
    { state: 'failed', reason: 'cancelled' },
    { state: 'delivered', reason: 'direct-message' },
  ]);
});

it('leaves with Ctrl-D while an answer is made, which is cancelled', async () => {
  const stage = await withHelper();
  const terminal = stage.open('Helper');
  await terminal.until('you ›');
  stage.llm.hangRequests({ after: 3, times: 1 });
  stage.llm.replyOnce('One two three four five six.');
  terminal.type('count\r');
  await terminal.until('One two');
  terminal.type(CTRL_D);
  expect(await terminal.ended).toBe(0);
  expect(stage.rows('SELECT state, reason FROM exchanges')).toEqual([
    { state: 'failed', reason: 'cancelled' },
  ]);
});

it('tells at once why an agent cannot answer, and ends', async () => {
  const stage = await withHelper();
  stage.llm.failRequests({ status: 401 });
  const terminal = stage.open('Helper');
  expect(await terminal.ended).toBe(1);
  expect(terminal.text()).toContain('does not accept the key');
  expect(terminal.text()).not.toContain('finding out');
});

it('survives a resize while an answer grows: every line is there once', async () => {
  const stage = await withHelper();
  const words = Array.from({ length: 120 }, (_, at) => `word${at + 1}`).join(' ');
  const code = words.replaceAll(' ', ';\nlet ');
  const answer = `First paragraph.\n${words}\n\`\`\`js\nlet ${code};\n\`\`\`\nThe end.`;
  const terminal = stage.open('Helper');
  await terminal.until('you ›');
  stage.llm.replyOnce(answer);
  const held = stage.llm.hangRequests({ after: 150, times: 1 });
  terminal.type('many words\r');
  // Nothing is on its way while the size changes; the last token is shown with what follows it.
  await terminal.until(tokenize(answer).slice(0, 149).join(''));
  terminal.resize(34, 15);
  terminal.resize(51, 20);
  held.lift();
  await terminal.until('The end.');
  const text = terminal.text();
  expect(times('First paragraph.', text)).toBe(1);
  expect(text).toContain(words);
  for (let at = 1; at <= 120; at++) expect(times(`let word${at};`, text), `word${at}`).toBe(1);
});

it('takes what is typed while an answer is made as the next message', async () => {
  const stage = await withHelper();
  const terminal = stage.open('Helper');
  await terminal.until('you ›');
  const held = stage.llm.hangRequests({ after: 'headers', times: 1 });
  stage.llm.replyOnce('The first.');
  stage.llm.replyOnce('The second.');
  terminal.type('one\r');
  await terminal.until('is typing…');
  terminal.type('two\rthr');
  held.lift();
  await terminal.until('The second.');
  await terminal.until(/you › thr$/);
  const shown = terminal.lines().filter((line) => line !== '' && !line.startsWith('·'));
  expect(shown).toEqual([
    'you › one',
    'Helper › The first.',
    'you › two',
    'Helper › The second.',
    'you › thr',
  ]);
  expect(times('two', terminal.written())).toBe(1);
});

it('goes on in the next line behind a backslash, and brings lines back with the up key', async () => {
  const stage = await setChatStage();
  await stage.addAgent({ name: 'Parrot' });
  const terminal = stage.open('parrot');
  await terminal.until('you ›');
  terminal.type('one\\\r');
  await terminal.until('…');
  terminal.type('two\r');
  await terminal.until('Parrot › one\ntwo');
  terminal.type(`${UP}${UP}\b three\r`);
  await terminal.until('Parrot › one three');
});

it('has the commands of every bot: /reset and /memory are for the very memory of the user', async () => {
  const stage = await withHelper();
  const terminal = stage.open('Helper', '--user', '81384788765712384');
  await terminal.until('you ›');
  stage.llm.replyOnce('Noted.');
  terminal.type('I keep bees\r');
  await terminal.until('Helper › Noted.');
  terminal.type('/memory show\r');
  await terminal.until('1 question and its answer');
  terminal.type('/memory export\r');
  await terminal.until(/saved as \S+\.json/);
  const file = /saved as (\S+\.json)/.exec(terminal.text().replaceAll('\n', ''))?.[1] ?? '';
  expect(path.dirname(file)).toBe(stage.directory);
  expect(await readFile(file, 'utf8')).toContain('I keep bees');
  expect(await stage.database.memory.sizes({ userId: '81384788765712384' })).toMatchObject([{ turns: 1 }]);
  terminal.type('/reset\r');
  await terminal.until('We begin anew.');
  expect(await stage.database.memory.sizes({ userId: '81384788765712384' })).toEqual([]);
  terminal.type('/help\r');
  await terminal.until('/attach PATH');
  terminal.type('/rest\r');
  await terminal.until('Did you mean /reset?');
  terminal.type('/memory shwo\r');
  await terminal.until('Did you mean /memory show?');
  stage.llm.replyOnce('A folder.');
  terminal.type('//etc\r');
  await terminal.until('Helper › A folder.');
  expect(stage.llm.requests.at(-1)?.messages.at(-1)?.text).toContain('\n/etc\n');
  terminal.type('/quit\r');
  expect(await terminal.ended).toBe(0);
});

it('sends attached files with the next message, and with that alone', async () => {
  const stage = await withHelper();
  await writeFile(path.join(stage.directory, 'my notes.txt'), 'the bees are fine');
  const terminal = stage.open('Helper');
  await terminal.until('you ›');
  terminal.type('/attach "my notes.txt" nowhere.txt\r');
  await terminal.until('nowhere.txt cannot be attached');
  terminal.type('/attach "my notes.txt"\r');
  await terminal.until('goes with your next message: my notes.txt');
  terminal.type('how are they?\r');
  await terminal.until('You said:');
  expect(stage.llm.requests.at(-1)?.messages.at(-1)?.text).toContain('the bees are fine');
  stage.llm.replyOnce('Bye.');
  terminal.type('and now?\r');
  await terminal.until('Helper › Bye.');
  expect(stage.llm.requests.at(-1)?.messages.at(-1)?.text).not.toContain('the bees are fine');
});

it('shows what a bot would tell of a failure, and why it came about', async () => {
  const stage = await withHelper();
  const terminal = stage.open('Helper');
  await terminal.until('you ›');
  stage.llm.failRequests({ status: 401 });
  terminal.type('hello\r');
  await terminal.until('Helper › I am not set up properly right now.');
  await terminal.until(/· the answer failed: model-bad-key/);
  expect(terminal.text()).not.toContain('sk-host');
});

it('lets no model write control sequences to the terminal', async () => {
  const stage = await withHelper();
  const terminal = stage.open('Helper');
  await terminal.until('you ›');
  stage.llm.replyOnce('red \u001B[31malert\u001B]0;title\u0007 \u009B2J done');
  terminal.type('hello\r');
  await terminal.until('done');
  expect(terminal.written()).not.toContain('\u001B[31m');
  expect(terminal.written()).not.toContain('title\u0007');
  expect(terminal.written()).not.toContain('\u009B');
});
