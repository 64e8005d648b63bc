import type { API } from '@discordjs/core';
import { HTTPError } from '@discordjs/rest';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CatchUp } from '../../src/discord/catch-up.ts';
import { DiscordClock } from '../../src/discord/discord-clock.ts';
import { snowflakeAt } from '../../src/discord/snowflakes.ts';
import { collectingLogger } from '../support/collecting-logger.ts';

const MINUTE = 60_000;
const WINDOW = 60 * MINUTE;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A bot that looks in direct messages, each with one message that it missed; with `ill` ones Discord is ill. */
function look(channels: readonly string[], limit = 200) {
  const ill = new Set<string>();
  const reads: string[] = [];
  const writtenAt = Date.now() - MINUTE;
  const api = {
    channels: {
      getMessages(id: string) {
        if (ill.has(id)) return Promise.reject(new HTTPError(503, 'Service Unavailable', 'GET', '', {}));
        reads.push(id);
        return Promise.resolve([{ id: snowflakeAt(writtenAt + channels.indexOf(id)), channel_id: id }]);
      },
    },
  } as unknown as API;
  const logger = collectingLogger();
  const options = { agentId: 'a', botUserId: '5', window: WINDOW, limit, guildPatience: 0 };
  const catchUp = new CatchUp(
    [],
    { ...options, mark: snowflakeAt(writtenAt - MINUTE) },
    {
      api,
      store: { directChannels: () => Promise.resolve([...channels]) },
      clock: new DiscordClock(Date.now),
      logger,
      concerns: () => true,
    },
  );
  /** The channels of what was taken in, by hand-over. */
  const taken: string[][] = [];
  const giveUp = new AbortController();
  const find = () =>
    catchUp.find((messages) => {
      if (messages.length > 0) taken.push(messages.map(({ channel_id: channel }) => channel));
    }, giveUp.signal);
  return { ill, reads, logger, taken, giveUp, find };
}

it('hands over what it found in other channels while Discord is ill with one, and that too once it is well', async () => {
  const { ill, reads, taken, find } = look(['one', 'ill', 'two', 'three', 'four', 'five']);
  ill.add('ill');
  const found = find();
  await vi.advanceTimersByTimeAsync(5 * MINUTE);
  expect(taken).toEqual([['one', 'two', 'three', 'four', 'five']]);
  ill.clear();
  await vi.runAllTimersAsync();
  await found;
  expect(taken).toEqual([['one', 'two', 'three', 'four', 'five'], ['ill']]);
  // None is read a second time for another's sake.
  expect(reads.toSorted()).toEqual(['five', 'four', 'ill', 'one', 'three', 'two']);
});

it('is kept from no channel by others with which Discord is ill, however many', async () => {
  const illOnes = Array.from({ length: 12 }, (_, n) => `ill ${n}`);
  const { ill, taken, find, giveUp } = look([...illOnes, 'well']);
  for (const channel of illOnes) ill.add(channel);
  const found = find();
  await vi.advanceTimersByTimeAsync(20 * MINUTE);
  expect(taken).toEqual([['well']]);
  giveUp.abort(new Error('over'));
  await Promise.all([expect(found).rejects.toThrow('over'), vi.runAllTimersAsync()]);
});

it('gives up what it cannot read before it would be too old, and says so', async () => {
  const { ill, taken, find, logger } = look(['ill', 'well']);
  ill.add('ill');
  const found = find();
  await vi.runAllTimersAsync();
  await found;
  expect(taken).toEqual([['well']]);
  expect(logger.lines).toContainEqual(expect.objectContaining({ level: 'error', channels: 1 }));
  expect(logger.lines).toContainEqual(expect.objectContaining({ level: 'info', messages: 1 }));
});

it('takes in no more than it may over all tries together', async () => {
  const { ill, taken, find, logger } = look(['one', 'two', 'ill'], 2);
  ill.add('ill');
  const found = find();
  await vi.advanceTimersByTimeAsync(5 * MINUTE);
  ill.clear();
  await vi.runAllTimersAsync();
  await found;
  expect(taken).toEqual([['one', 'two']]);
  expect(logger.lines).toContainEqual(expect.objectContaining({ level: 'warn', leftOut: 1 }));
});
