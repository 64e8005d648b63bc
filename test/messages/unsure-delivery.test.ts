import { describe, expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import type { Agent } from '../../src/agents/agent.ts';
import { withoutLease } from '../../src/leases/lease.ts';
import type { IncomingMessage } from '../../src/messages/incoming-message.ts';
import type { OpenExchange } from '../../src/messages/journal.ts';
import { MessageHandler, type MessageHandlerOptions } from '../../src/messages/message-handler.ts';
import { NONCE_LIFE, nonceOf } from '../../src/messages/nonce.ts';
import { type ChannelMessage, DeliveryError, type MessageReader } from '../../src/messages/outbox.ts';
import { uuidV7 } from '../../src/util/uuid-v7.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { incomingMessage } from '../support/incoming-message.ts';
import { MemoryJournal } from '../support/memory-journal.ts';
import { RecordingOutbox } from '../support/recording-outbox.ts';
import { turns } from '../support/turns.ts';

const NOW = 1_750_000_000_000;
const UNREACHABLE = new DeliveryError('discord-unreachable', 'no answer');
const BAD_TOKEN = new DeliveryError('bad-token', 'the token is no good');

/** A handler whose waits are over with the next turn, and whose clock the test moves. */
function setUp(options: Partial<MessageHandlerOptions> = {}, left: readonly OpenExchange[] = []) {
  const journal = new MemoryJournal();
  journal.left = [...left];
  const clock = { now: NOW };
  const handler = new MessageHandler({
    journal,
    logger: collectingLogger(),
    now: () => clock.now,
    maxMessageLength: 2_000,
    sleep: () => turns(1),
    ...options,
  });
  const bot = (agent: Agent, messagesFrom: MessageReader['messagesFrom'], agentId = 'agent-1') => {
    const reader: MessageReader = {
      download: () => Promise.reject(new Error('there is no file')),
      messagesBefore: () => Promise.resolve([]),
      lastMessage: () => Promise.resolve(undefined),
      messagesFrom,
    };
    const definition = agentDefinitionSchema.parse({ name: agentId });
    const outbox = new RecordingOutbox();
    return { agentId, definition, agent, lease: withoutLease(agentId), botUserId: '5', outbox, reader };
  };
  return { journal, clock, handler, bot };
}

/** An agent that says what this gives. */
const agentThat = (answer: (text: string) => AsyncGenerator<string>, streams = false): Agent => ({
  streams,
  answer: ({ text }) => answer(text),
});

// eslint-disable-next-line @typescript-eslint/require-await
const echo = agentThat(async function* (text) {
  yield `You said: ${text}`;
});

const nothing: MessageReader['messagesFrom'] = () => Promise.resolve([]);
const question = incomingMessage({ id: '1001', text: 'hello' });

function left(parts: Partial<OpenExchange>): OpenExchange {
  return {
    id: uuidV7(NOW),
    agentId: 'agent-1',
    message: question,
    state: 'admitted',
    attempts: 1,
    reply: undefined,
    posted: [],
    admittedAt: new Date(NOW - 1_000),
    answeredAt: undefined,
    ...parts,
  };
}

/** The channel, with the question and what the bot wrote behind it: ids as the outbox gives them. */
const showing = (...own: readonly string[]): readonly ChannelMessage[] => [
  { id: question.id, text: question.text, isOwn: false, replyTo: undefined },
  ...own.map((text, index) => ({
    id: String(index + 1),
    text,
    isOwn: true,
    replyTo: index === 0 ? question.id : undefined,
  })),
];

/** Posts, and says that Discord did not answer, the first time. */
function loseFirstAnswer(outbox: RecordingOutbox, then: () => void = () => undefined): void {
  const post = outbox.post.bind(outbox);
  let times = 0;
  outbox.post = async (piece) => {
    const posted = await post(piece);
    times += 1;
    if (times > 1) return posted;
    then();
    throw UNREACHABLE;
  };
}

describe('a message that was posted and nobody heard of it', () => {
  it('is edited to the whole answer, also when the answer ended before it was tried again', async () => {
    const { handler, bot, journal } = setUp();
    const more = Promise.withResolvers<undefined>();
    const teller = agentThat(async function* () {
      yield 'Once upon a time there ';
      await more.promise;
      yield 'was a bot.';
    }, true);
    const helper = bot(teller, nothing);
    loseFirstAnswer(helper.outbox, () => {
      more.resolve(undefined);
    });
    await handler.receive(helper, question);
    await turns(60);
    expect(helper.outbox.texts).toEqual(['Once upon a time there was a bot.']);
    expect(journal.outcomeOf(question.id)).toEqual({ state: 'delivered' });
  });

  it('is known once it was posted again in time: the answer goes on growing, however long it takes', async () => {
    const { handler, bot, clock } = setUp();
    const more = Promise.withResolvers<undefined>();
    const end = Promise.withResolvers<undefined>();
    const teller = agentThat(async function* () {
      yield 'Once upon a time ';
      await more.promise;
      yield 'there was a bot ';
      await end.promise;
      yield 'at last.';
    }, true);
    const helper = bot(teller, () => Promise.reject(UNREACHABLE));
    loseFirstAnswer(helper.outbox);
    await handler.receive(helper, question);
    await turns(60);
    more.resolve(undefined);
    await turns(60);
    expect(helper.outbox.texts).toEqual(['Once upon a time there was a']);
    clock.now += NONCE_LIFE;
    end.resolve(undefined);
    await turns(60);
    expect(helper.outbox.texts).toEqual(['Once upon a time there was a bot at last.']);
  });

  it('is looked for before it is posted again once Discord has forgotten its nonce, however often the look fails', async () => {
    const { handler, bot, clock } = setUp();
    let looks = 0;
    const helper = bot(echo, () => {
      looks += 1;
      return looks === 1 ? Promise.reject(UNREACHABLE) : Promise.resolve(showing('You said: hello'));
    });
    loseFirstAnswer(helper.outbox, () => {
      clock.now += NONCE_LIFE;
      helper.outbox.forgetNonces();
    });
    await handler.receive(helper, question);
    await turns(60);
    expect(looks).toBe(2);
    expect(helper.outbox.texts).toEqual(['You said: hello']);
  });

  it('is looked for when its nonce died while the agent answered anew', async () => {
    const open = left({ state: 'streaming', answeredAt: new Date(NOW - NONCE_LIFE + 10_000) });
    const { handler, bot, clock } = setUp({}, [open]);
    // eslint-disable-next-line @typescript-eslint/require-await
    const slow = agentThat(async function* () {
      clock.now += 200_000;
      helper.outbox.forgetNonces();
      yield 'the whole answer';
    });
    const helper = bot(slow, () => Promise.resolve(showing('the wh')));
    const channelId = question.channelId;
    await helper.outbox.post({ channelId, text: 'the wh', nonce: nonceOf(open.id, 0), replyTo: question.id });
    await handler.recover(helper);
    await turns(60);
    expect(helper.outbox.texts).toEqual(['the whole answer']);
  });

  it('is looked for where the clock was set back: its nonce may be dead for long', async () => {
    const reply = { pieces: ['You said: hello'], ending: 'delivered' } as const;
    const open = left({ state: 'answered', reply, answeredAt: new Date(NOW + 5_000) });
    const { handler, bot } = setUp({}, [open]);
    const helper = bot(echo, () => Promise.resolve(showing('You said: hello')));
    await handler.recover(helper);
    await turns(60);
    expect(helper.outbox.posts).toEqual([]);
  });
});

describe('a token that is no good any more', () => {
  it('ends a look, holds up no other bot, and leaves the exchange to the bot with the new token', async () => {
    const long = new Date(NOW - 10 * NONCE_LIFE);
    const sick = left({ state: 'streaming', answeredAt: long, attempts: 2 });
    const other = left({ agentId: 'agent-2', attempts: 2 });
    const { handler, bot, journal } = setUp({}, [sick, other]);
    const before = bot(echo, () => Promise.reject(BAD_TOKEN));
    const sound = bot(echo, nothing, 'agent-2');
    await handler.recover(before);
    await handler.recover(sound);
    await turns(60);
    expect(sound.outbox.texts).toEqual(['You said: hello']);
    expect(journal.outcomes.has(sick.id)).toBe(false);
    const after = { ...bot(echo, () => Promise.resolve(showing())), lease: before.lease };
    await handler.recover(after);
    await turns(60);
    expect(after.outbox.texts).toEqual(['You said: hello']);
  });

  it('leaves what it could not post to the bot with the new token, which was there before', async () => {
    const { handler, bot, journal } = setUp();
    const more = Promise.withResolvers<undefined>();
    const slow = agentThat(async function* () {
      await more.promise;
      yield 'the answer';
    });
    const before = bot(slow, nothing);
    before.outbox.beforePost = () => Promise.reject(BAD_TOKEN);
    await handler.receive(before, question);
    await turns();
    journal.left = [left({ id: journal.admitted[0]?.id ?? '' })];
    const after = { ...bot(echo, nothing), lease: before.lease };
    await handler.recover(after);
    more.resolve(undefined);
    await turns(60);
    expect(after.outbox.texts).toEqual(['You said: hello']);
  });
});

describe('a message that comes again while it waits for the database', () => {
  const outage = { since: new Date(NOW), waiting: 1 };

  /** Sends it twice while nothing can be committed; resolves once the database is back. */
  async function receiveTwice(settings: { rateLimit?: number; spool?: number }): Promise<{
    readonly taken: readonly boolean[];
    readonly duringOutage: number;
    readonly texts: readonly string[];
  }> {
    const { handler, bot, journal } = setUp(settings.spool === undefined ? {} : { spool: settings.spool });
    const back = Promise.withResolvers<undefined>();
    journal.outage = outage;
    journal.commit = () => back.promise;
    const helper = bot(echo, nothing);
    const definition = agentDefinitionSchema.parse({ name: 'agent-1', rateLimit: settings.rateLimit ?? 0 });
    const recipient = { ...helper, definition };
    let settled = 0;
    const taking = [question, question].map((message: IncomingMessage) =>
      handler.receive(recipient, message).finally(() => {
        settled += 1;
      }),
    );
    await turns();
    const duringOutage = settled;
    journal.outage = undefined;
    back.resolve(undefined);
    const taken = await Promise.all(taking);
    await turns(20);
    return { taken, duringOutage, texts: helper.outbox.texts };
  }

  it.each([{ spool: 1 }, { rateLimit: 1 }])('is the same message, not another: %o', async (settings) => {
    const { taken, duringOutage, texts } = await receiveTwice(settings);
    expect(duringOutage).toBe(0);
    expect(taken).toEqual([true, true]);
    expect(texts).toEqual(['You said: hello']);
  });

  it('is not counted twice when it could not be recorded the first time', async () => {
    const { handler, bot, journal } = setUp();
    const helper = bot(echo, nothing);
    const recipient = {
      ...helper,
      definition: agentDefinitionSchema.parse({ name: 'agent-1', rateLimit: 1 }),
    };
    journal.commit = () => Promise.reject(new Error('lock timeout'));
    await expect(handler.receive(recipient, question)).rejects.toThrow('lock timeout');
    journal.commit = () => Promise.resolve();
    await handler.receive(recipient, question);
    await turns(20);
    expect(helper.outbox.texts).toEqual(['You said: hello']);
  });
});

it('tells users why they are refused also while nothing can be recorded', async () => {
  const { handler, bot, journal } = setUp({ backlog: 1 });
  journal.outage = { since: new Date(NOW), waiting: 1 };
  journal.commit = () => new Promise(() => undefined);
  journal.ignore = () => Promise.resolve(false);
  const helper = bot(echo, nothing);
  for (const id of ['1', '2']) void handler.receive(helper, incomingMessage({ id: `90${id}` }));
  await turns();
  await handler.receive(helper, incomingMessage({ id: '903' }));
  await turns();
  expect(helper.outbox.texts).toEqual([expect.stringContaining('Too many of your messages are waiting')]);
});

it('ends in words when work on a message could not be recorded to begin', async () => {
  const { handler, bot, journal } = setUp();
  const begun = Promise.withResolvers<undefined>();
  const slow = agentThat(async function* (text) {
    if (text === 'one') await begun.promise;
    yield text;
  });
  const helper = bot(slow, nothing);
  journal.begin = () => Promise.reject(new Error('lock timeout'));
  for (const text of ['one', 'two'])
    await handler.receive(helper, incomingMessage({ id: `90${text.length}${text}`, text }));
  begun.resolve(undefined);
  await turns(40);
  expect(helper.outbox.texts).toEqual(['one', expect.stringContaining('Reference:')]);
});

it('takes nothing up that was left open once it is stopping', async () => {
  const { handler, bot, journal } = setUp({}, [left({})]);
  await handler.stop(10);
  await handler.recover(bot(echo, nothing));
  await turns(20);
  expect(journal.steps).toEqual([]);
});
