import { stripVTControlCharacters } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { ChatActions } from '../../demo/chat-actions.ts';
import { ChatFeed } from '../../demo/chat-feed.ts';
import { createPaint } from '../../demo/paint.ts';
import type { Screen } from '../../demo/screen.ts';
import { botOf, openStage, type Stage, type StageOptions } from '../../demo/stage.ts';
import { startStandInLlm } from '../support/llm/stand-in-llm.ts';

interface Chat {
  readonly stage: Stage;
  readonly actions: ChatActions;
  /** What the screen shows above the prompt. */
  readonly shown: () => string;
  readonly prompt: () => string;
}

/** A chat on a screen that only remembers. */
async function openChat(options: StageOptions = {}): Promise<Chat> {
  const stage = await openStage(options);
  onTestFinished(() => stage.close());
  const lines: string[] = [];
  let prompt = '';
  const screen: Screen = {
    columns: 80,
    rows: 24,
    print: (more) => lines.push(...more),
    setPrompt: (text) => (prompt = stripVTControlCharacters(text)),
    close: () => undefined,
    closed: Promise.resolve(),
  };
  const feed = new ChatFeed(stage, screen, createPaint(false), stage.house.general);
  onTestFinished(feed.start());
  const actions = new ChatActions(stage, feed, stage.house.general);
  return { stage, actions, shown: () => lines.join('\n'), prompt: () => prompt };
}

it('shows an answer with its number, and replies to it by that number', async () => {
  const { stage, actions, shown } = await openChat();
  const sees = (text: string): Promise<boolean> => stage.discord.until(() => shown().includes(text), text);
  await actions.do({ kind: 'say', text: '@prompter to be' });
  await sees('❝ Prompter    psst… “to be” ‹1›');
  await actions.do({ kind: 'dm', name: 'Herald', text: 'hello' });
  await sees('⚑ Herald      Hear ye! hello ‹2›');
  await actions.do({ kind: 'reply', number: 1, text: 'or not' });
  await sees('psst… “or not” ‹3›');
  expect(shown()).toContain('╭ Prompter: psst… “to be”');
});

it('tells once that bots answer when mentioned, and why a message stays without an answer', async () => {
  const { stage, actions, shown } = await openChat();
  await actions.do({ kind: 'say', text: 'hello' });
  await actions.do({ kind: 'say', text: 'hello?' });
  expect(shown().match(/when they are mentioned/g)).toHaveLength(1);
  await actions.do({ kind: 'say', text: '@everyone hello' });
  await stage.log.until(() => shown().includes('not answered: everyone-disabled'), 'the reason');
});

it('follows changes of the agents table and tells of them', async () => {
  const { stage, actions, shown } = await openChat();
  await actions.do({ kind: 'configure', name: 'Herald', setting: 'prefix', text: 'Oyez! ' });
  await actions.do({ kind: 'say', text: '@Herald hello' });
  await stage.discord.until(() => shown().includes('Oyez! hello'), 'the new prefix');
  await actions.do({ kind: 'disable', name: 'Herald' });
  await stage.desk.untilState('Herald', 'stopped');
  expect(shown()).toContain('◇ Herald is stopped: it is disabled');
  await actions.do({ kind: 'say', text: '@Herald still there?' });
  expect(shown()).toContain('Herald is disabled: /enable Herald');
  await actions.do({ kind: 'enable', name: 'Herald' });
  await stage.desk.untilState('Herald', 'ready');
  expect(shown()).toContain('◇ Herald is ready');
});

it('shows that a bot types until it has written', async () => {
  const { stage, prompt } = await openChat();
  const { general } = stage.house;
  const herald = botOf(stage, 'Herald');
  const headers = { authorization: `Bot ${herald.token}`, 'user-agent': 'DiscordBot (test, 1)' };
  await fetch(`${stage.discord.apiUrl}/v10/channels/${general.id}/typing`, { method: 'POST', headers });
  expect(prompt()).toBe('Herald is typing…\n#general › ');
  herald.say(general, 'here I am');
  expect(prompt()).toBe('#general › ');
});

/** How often a text is on the screen, as a message or below as one that grows. */
const times = (text: string, { shown, prompt }: Chat): number =>
  `${shown()}\n${prompt()}`.split(text).length - 1;

it('shows an answer while it grows, and once', async () => {
  const chat = await openChat();
  const { stage, actions, shown, prompt } = chat;
  const held = stage.llm?.hangRequests({ after: 6, times: 1 });
  await actions.do({ kind: 'say', text: '@Dramaturg I love thunder' });
  await stage.discord.until(() => prompt().includes('Good to know'), 'the beginning');
  expect(shown()).not.toContain('Good to know');
  held?.lift();
  await stage.log.until(() => shown().includes('Good to know, Ada. I shall remember it. ‹1›'), 'the end');
  expect(times('Good to know', chat)).toBe(1);
  expect(prompt()).toBe('#general › ');
});

it('shows every piece of a long answer once, each as soon as the next begins', async () => {
  const chat = await openChat();
  const { stage, actions, shown, prompt } = chat;
  const held = stage.llm?.hangRequests({ after: 50, times: 1 });
  await actions.do({ kind: 'say', text: '@Dramaturg write me a cue sheet' });
  await stage.discord.until(() => prompt().includes('foils'), 'the second piece');
  expect(shown()).toContain('‹1›');
  held?.lift();
  await stage.log.until(() => shown().includes('Mind the order, Ada. ‹2›'), 'the last piece');
  for (const line of ['house lights', 'skull', 'foils', 'Mind the order']) expect(times(line, chat)).toBe(1);
});

it('shows what became of an answer that broke off, once', async () => {
  const chat = await openChat();
  const { stage, actions, shown, prompt } = chat;
  stage.llm?.failRequests({ status: 400 });
  await actions.do({ kind: 'say', text: '@Dramaturg I love thunder' });
  const answer = await stage.discord.until(() => botOf(stage, 'Dramaturg').sent[0], 'the excuse');
  const [words = ''] = answer.content.split(/[.:]/);
  expect(shown()).toContain('not answered: ');
  expect(shown()).toContain(words);
  expect(times(words, chat)).toBe(1);
  expect(prompt()).toBe('#general › ');
});

it('adds what comes to a message that was shown as complete, and does not repeat it', async () => {
  const chat = await openChat();
  const { stage, actions, shown } = chat;
  await actions.do({ kind: 'say', text: '@Dramaturg I love thunder' });
  await stage.log.until(() => shown().includes('‹1›'), 'the answer');
  const dramaturg = botOf(stage, 'Dramaturg');
  const [answer] = dramaturg.sent;
  const url = `${stage.discord.apiUrl}/v10/channels/${stage.house.general.id}/messages/${answer?.id ?? ''}`;
  const headers = {
    authorization: `Bot ${dramaturg.token}`,
    'user-agent': 'DiscordBot (test, 1)',
    'content-type': 'application/json',
  };
  const body = JSON.stringify({ content: `${answer?.content ?? ''} Or not.` });
  await fetch(url, { method: 'PATCH', headers, body });
  expect(shown()).toContain('‹1› goes on: Or not.');
  expect(times('Good to know', chat)).toBe(1);
});

it("shows the bots' own commands with their answers, and that these are ephemeral", async () => {
  const { stage, actions, shown } = await openChat();
  const sees = (text: string): Promise<boolean> => stage.discord.until(() => shown().includes(text), text);
  await actions.do({ kind: 'say', text: '@Dramaturg I love **thunder**' });
  await stage.log.until(() => shown().includes('‹1›'), 'the answer');
  await actions.do({ kind: 'slash', name: 'Dramaturg', command: 'memory show' });
  await sees('/memory show · Dramaturg');
  await sees('You: I love **thunder**');
  await actions.do({ kind: 'slash', name: 'Dramaturg', command: 'memory export' });
  await sees('▤ troupe-memory-');
  await actions.do({ kind: 'slash', name: 'Dramaturg', command: 'reset' });
  await sees('Forgotten: 1 question and its answer.');
  expect(shown().match(/ephemeral/g)).toHaveLength(3);
  await actions.do({ kind: 'dm', name: 'Dramaturg', text: 'what do you know about me?' });
  await stage.log.until(() => shown().includes('Nothing, Ada.'), 'the answer');
});

it('uses a command in the direct messages of its bot when one is in those of another', async () => {
  const { stage, actions, shown } = await openChat();
  await actions.do({ kind: 'dm', name: 'Herald', text: '' });
  await actions.do({ kind: 'slash', name: 'Dramaturg', command: 'reset' });
  await stage.discord.until(() => shown().includes('There is nothing to forget'), 'the answer');
  expect(shown()).toContain('@Dramaturg · direct messages');
});

it('changes what an LLM agent is told', async () => {
  const { stage, actions, shown } = await openChat();
  const text = 'Be {agent}.';
  await actions.do({ kind: 'configure', name: 'Dramaturg', setting: 'system_prompt', text });
  await actions.do({ kind: 'say', text: '@Dramaturg who are you?' });
  await stage.log.until(() => shown().includes('“Be Dramaturg.” ‹1›'), 'the answer');
});

it('goes on without the LLM agent when the key does not work, and tells why', async () => {
  const llm = await startStandInLlm({ keys: ['the-good-key'] });
  onTestFinished(() => llm.stop());
  const env = { ANTHROPIC_API_KEY: 'another-key', ANTHROPIC_BASE_URL: llm.anthropicUrl };
  const provider = { provider: 'anthropic', model: 'claude-haiku-4-5', env };
  const { stage, actions, shown } = await openChat({ provider });
  expect(shown()).toMatch(/◇ Dramaturg is parked: .*does not accept the key/);
  await actions.do({ kind: 'say', text: '@Dramaturg are you there?' });
  expect(shown()).toContain('Dramaturg is parked and hears nothing');
  await actions.do({ kind: 'slash', name: 'Dramaturg', command: 'reset' });
  expect(shown()).toContain('Dramaturg is parked and does not respond');
  await actions.do({ kind: 'say', text: '@Herald hello' });
  await stage.discord.until(() => shown().includes('Hear ye! hello'), 'the others');
});

it('speaks with the provider that it is given', async () => {
  const llm = await startStandInLlm({ keys: ['the-good-key'] });
  onTestFinished(() => llm.stop());
  llm.reply('A word from afar.');
  const env = { ANTHROPIC_API_KEY: 'the-good-key', ANTHROPIC_BASE_URL: llm.anthropicUrl };
  const provider = { provider: 'anthropic', model: 'claude-haiku-4-5', env };
  const { stage, actions, shown } = await openChat({ provider });
  await actions.do({ kind: 'say', text: '@Dramaturg hello' });
  await stage.log.until(() => shown().includes('A word from afar. ‹1›'), 'the answer');
  expect(stage.speaker).toBe('anthropic claude-haiku-4-5');
  expect(llm.requests.at(-1)?.model).toBe('claude-haiku-4-5');
});
