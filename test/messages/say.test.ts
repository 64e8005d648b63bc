import { expect, it } from 'vitest';
import type { SayProgress } from '../../src/agents/said.ts';
import { type ChannelMessage, DeliveryError } from '../../src/messages/outbox.ts';
import { say } from '../../src/messages/say.ts';
import { RecordingOutbox } from '../support/recording-outbox.ts';

const ID = '01940000-0000-7000-8000-000000000001';
const BEFORE = '500';
const LONG = `${'a'.repeat(30)} ${'b'.repeat(30)} ${'c'.repeat(30)}`;
const PIECES = ['a'.repeat(30), 'b'.repeat(30), 'c'.repeat(30)];

/** A channel and a bot that says something there; the clock stands until it is moved. */
function setUp(text = 'hello') {
  const outbox = new RecordingOutbox();
  const records: SayProgress[] = [];
  let now = 1_000_000;
  /** What is in the channel since; undefined: its history cannot be read. */
  let channel: readonly ChannelMessage[] | undefined = [own(BEFORE, 'before')];
  const reader = {
    download: () => Promise.reject(new Error('nothing')),
    messagesBefore: () => Promise.resolve([]),
    lastMessage: () => Promise.resolve(BEFORE),
    messagesFrom: () => Promise.resolve(channel ?? []),
  };
  const run = (progress = records.at(-1), signal = new AbortController().signal) =>
    say(
      { id: ID, channelId: '400', text, progress },
      {
        recipient: { outbox, reader },
        now: () => now,
        maxMessageLength: 40,
        advance: (made) => {
          records.push(made);
          return Promise.resolve();
        },
      },
      signal,
    );
  return {
    outbox,
    records,
    run,
    /** Moves the clock past the life of any nonce. */
    age: () => {
      now += 600_000;
      outbox.forgetNonces();
    },
    put: (messages: readonly ChannelMessage[] | undefined) => {
      channel = messages;
    },
  };
}

function own(id: string, text: string, replyTo?: string): ChannelMessage {
  return { id, text, isOwn: true, replyTo };
}

/** Loses the answer to the n-th post: it arrived all the same. */
function loseAnswer(outbox: RecordingOutbox, n: number): void {
  const post = outbox.post.bind(outbox);
  let count = 0;
  outbox.post = async (piece) => {
    const posted = await post(piece);
    count += 1;
    if (count === n) throw new DeliveryError('discord-unreachable', 'no answer');
    return posted;
  };
}

it('puts on record that it may be posted before it is, and after which message', async () => {
  const { run, records, outbox } = setUp();
  outbox.beforePost = () => {
    expect(records).toEqual([{ pieces: ['hello'], after: BEFORE, since: 1_000_000, posted: [] }]);
    return Promise.resolve();
  };
  expect(await run()).toEqual({ kind: 'said', messageIds: ['1'] });
});

it('posts each piece once however often its answer is lost, while Discord knows the nonce', async () => {
  const { run, outbox } = setUp(LONG);
  loseAnswer(outbox, 2);
  await expect(run()).rejects.toThrow('no answer');
  expect(await run()).toEqual({ kind: 'said', messageIds: ['1', '2', '3'] });
  expect(outbox.texts).toEqual(PIECES);
});

it('looks into the channel once it does not, and posts only what is not there', async () => {
  const { run, outbox, age, put } = setUp(LONG);
  loseAnswer(outbox, 2);
  await expect(run()).rejects.toThrow('no answer');
  age();
  put([own(BEFORE, 'before'), own('1', PIECES[0] ?? ''), own('2', PIECES[1] ?? '')]);
  expect(await run()).toMatchObject({ kind: 'said' });
  expect(outbox.texts).toEqual(PIECES);
});

it('takes neither the same words from before, nor an answer with them, for its own', async () => {
  const { run, outbox, age, put } = setUp();
  outbox.beforePost = () => Promise.reject(new DeliveryError('discord-unreachable', 'no answer'));
  await expect(run()).rejects.toThrow('no answer');
  outbox.beforePost = () => Promise.resolve();
  age();
  put([own(BEFORE, 'hello'), own('501', 'hello', '499')]);
  expect(await run()).toMatchObject({ kind: 'said' });
  expect(outbox.texts).toEqual(['hello']);
});

it('is in doubt, and posts nothing more, where nobody can tell', async () => {
  const { run, outbox, age, put } = setUp();
  loseAnswer(outbox, 1);
  await expect(run()).rejects.toThrow('no answer');
  age();
  put(undefined);
  expect(await run()).toEqual({ kind: 'in-doubt', posted: 0, pieces: 1 });
  expect(outbox.texts).toEqual(['hello']);
});

it('posts no further piece once it is to end', async () => {
  const { run, outbox, records } = setUp(LONG);
  const ending = new AbortController();
  outbox.beforePost = () => {
    ending.abort(new Error('the host stops'));
    return Promise.resolve();
  };
  await expect(run(undefined, ending.signal)).rejects.toThrow('the host stops');
  expect(outbox.posts).toHaveLength(1);
  expect(records.at(-1)?.posted).toEqual(['1']);
});
