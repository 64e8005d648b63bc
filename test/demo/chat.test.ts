import { stripVTControlCharacters } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { ChatActions } from '../../demo/chat-actions.ts';
import { ChatFeed } from '../../demo/chat-feed.ts';
import { createPaint } from '../../demo/paint.ts';
import type { Screen } from '../../demo/screen.ts';
import { botOf, openStage, type Stage } from '../../demo/stage.ts';

interface Chat {
  readonly stage: Stage;
  readonly actions: ChatActions;
  /** What the screen shows above the prompt. */
  readonly shown: () => string;
  readonly prompt: () => string;
}

/** A chat on a screen that only remembers. */
async function openChat(): Promise<Chat> {
  const stage = await openStage('You');
  onTestFinished(() => stage.close());
  const lines: string[] = [];
  let prompt = '';
  const screen: Screen = {
    columns: 80,
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
  await actions.do({ kind: 'prefix', name: 'Herald', text: 'Oyez! ' });
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
