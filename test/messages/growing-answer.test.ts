import { describe, expect, it, vi } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import { type Agent, AnswerError } from '../../src/agents/agent.ts';
import { withoutLease } from '../../src/leases/lease.ts';
import { MessageHandler, type MessageHandlerOptions } from '../../src/messages/message-handler.ts';
import { DeliveryError } from '../../src/messages/outbox.ts';
import { splitMessage } from '../../src/messages/split/split-message.ts';
import type { DeliveryReason } from '../../src/recovery/rules-discord.ts';
import type { Incidents } from '../../src/recovery/incidents.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { incomingMessage } from '../support/incoming-message.ts';
import { MemoryJournal } from '../support/memory-journal.ts';
import { RecordingOutbox } from '../support/recording-outbox.ts';
import { turns } from '../support/turns.ts';

/** An agent that streams what the test says. */
class StreamingAgent implements Agent {
  readonly streams = true;
  signal: AbortSignal | undefined;
  readonly #said: (() => string)[] = [];
  #more = Promise.withResolvers<undefined>();
  #isOver = false;

  async *answer(_: unknown, signal: AbortSignal): AsyncGenerator<string> {
    this.signal = signal;
    signal.addEventListener('abort', () => {
      this.#more.resolve(undefined);
    });
    while (!signal.aborted) {
      for (let say = this.#said.shift(); say !== undefined; say = this.#said.shift()) yield say();
      if (this.#isOver) return;
      await this.#more.promise;
      this.#more = Promise.withResolvers();
    }
  }

  async say(...texts: readonly string[]): Promise<void> {
    this.#said.push(...texts.map((text) => () => text));
    this.#more.resolve(undefined);
    await turns();
  }

  async fail(error: Error): Promise<void> {
    this.#said.push(() => {
      throw error;
    });
    this.#more.resolve(undefined);
    await turns();
  }

  async end(): Promise<void> {
    this.#isOver = true;
    this.#more.resolve(undefined);
    await turns();
  }
}

const asked = incomingMessage();

/** A handler whose pauses between edits last until `nextEdit`. */
function setUp(options: Partial<MessageHandlerOptions> = {}) {
  const journal = new MemoryJournal();
  const logger = collectingLogger();
  const pauses: { ms: number; end: () => void }[] = [];
  const handler = new MessageHandler({
    journal,
    logger,
    now: () => 1_750_000_000_000,
    maxMessageLength: 2_000,
    sleep: (ms, signal) =>
      new Promise<void>((resolve) => {
        pauses.push({ ms, end: resolve });
        signal.addEventListener('abort', () => {
          resolve();
        });
      }),
    ...options,
  });
  const outbox = new RecordingOutbox();
  const agent = new StreamingAgent();
  const ask = async (answering: Agent = agent): Promise<void> => {
    const definition = agentDefinitionSchema.parse({ name: 'helper' });
    const reader = {
      download: () => Promise.reject(new Error('there is no file')),
      messagesBefore: () => Promise.resolve([]),
      lastMessage: () => Promise.resolve(undefined),
      messagesFrom: () => Promise.resolve([]),
    };
    await handler.receive(
      {
        agentId: 'agent-1',
        definition,
        agent: answering,
        lease: withoutLease('agent-1'),
        botUserId: '5',
        outbox,
        reader,
      },
      asked,
    );
    await turns();
  };
  const nextEdit = async (): Promise<void> => {
    for (const { end } of pauses) end();
    await turns();
  };
  return { journal, logger, handler, outbox, agent, pauses, ask, nextEdit };
}

const lost = (reason: DeliveryReason) => () => Promise.reject(new DeliveryError(reason, 'it was lost'));

describe('an answer that grows', () => {
  it('is posted as a reply once there is something to see, and edited to its end', async () => {
    const { outbox, agent, journal, ask, nextEdit, pauses } = setUp();
    await ask();
    await agent.say('Hel');
    expect(outbox.posts).toEqual([]);
    await agent.say('lo wor');
    expect(outbox.posts).toMatchObject([{ text: 'Hello', replyTo: asked.id, channelId: asked.channelId }]);
    await agent.say('ld, how ');
    expect(outbox.edits).toEqual([]);
    expect(pauses.map(({ ms }) => ms)).toEqual([1_000]);
    await nextEdit();
    expect(outbox.edits).toEqual([{ channelId: asked.channelId, messageId: '1', text: 'Hello world, how' }]);
    await agent.say('are ', 'you?');
    await agent.end();
    expect(outbox.texts).toEqual(['Hello world, how are you?']);
    expect(outbox.edits).toHaveLength(2);
    expect(journal.outcomeOf(asked.id)).toEqual({ state: 'delivered' });
  });

  it('is posted whole, without edits, when it is complete before the first post', async () => {
    const { outbox, agent, ask } = setUp();
    void agent.say('Hello ', 'world, ', 'all at once.');
    void agent.end();
    await ask();
    expect(outbox.posts.map(({ text }) => text)).toEqual(['Hello world, all at once.']);
    expect(outbox.edits).toEqual([]);
  });

  it('has one request under way; what comes meanwhile is put together', async () => {
    const { outbox, agent, ask, nextEdit } = setUp();
    const posting = Promise.withResolvers<undefined>();
    outbox.beforePost = () => posting.promise;
    await ask();
    await agent.say('one ');
    for (const text of ['two ', 'three ', 'four ']) {
      await agent.say(text);
      await nextEdit();
    }
    expect([outbox.posts, outbox.edits]).toEqual([[], []]);
    posting.resolve(undefined);
    await turns();
    const editing = Promise.withResolvers<undefined>();
    let edits = 0;
    outbox.beforeEdit = () => {
      edits += 1;
      return editing.promise;
    };
    await nextEdit();
    await agent.say('five ');
    await nextEdit();
    expect(edits).toBe(1);
    editing.resolve(undefined);
    await turns();
    expect(outbox.edits.map(({ text }) => text)).toEqual(['one two three four']);
    await agent.end();
    expect(outbox.texts).toEqual(['one two three four five ']);
  });

  it('is not edited when nothing changed', async () => {
    const { outbox, agent, ask, nextEdit } = setUp();
    await ask();
    await agent.say('Hello ');
    await agent.say('wor');
    await nextEdit();
    await agent.say('\u200B');
    await nextEdit();
    expect(outbox.edits).toEqual([]);
  });

  it('closes an open code block in everything that it shows', async () => {
    const { outbox, agent, ask, nextEdit } = setUp();
    await ask();
    await agent.say('Look:\n```js\nlet a = 1;\n');
    expect(outbox.texts).toEqual(['Look:\n```js\nlet a = 1;\n```']);
    await agent.say('let b = 2;\n');
    await nextEdit();
    expect(outbox.texts).toEqual(['Look:\n```js\nlet a = 1;\nlet b = 2;\n```']);
  });

  it('goes on in another message when it outgrows one, and leaves the complete one alone', async () => {
    const { outbox, agent, ask, nextEdit } = setUp({ maxMessageLength: 40 });
    await ask();
    const words = Array.from({ length: 30 }, (_, index) => `word${index} `);
    for (const word of words) {
      await agent.say(word);
      await nextEdit();
    }
    await agent.end();
    expect(outbox.texts).toEqual(splitMessage(words.join('').trim(), 40));
    expect(outbox.posts.map(({ replyTo }) => replyTo)).toEqual([
      asked.id,
      ...outbox.posts.slice(1).map(() => undefined),
    ]);
    expect(new Set(outbox.posts.map(({ nonce }) => nonce)).size).toBe(outbox.posts.length);
    const order = outbox.edits.map(({ messageId }) => Number(messageId));
    expect(order).toEqual(order.toSorted((one, other) => one - other));
  });

  it('has the same words as one that does not stream', async () => {
    const said = [
      '# Hi\n\nThe key is sk-abcdefghijkl0123456789, ',
      '[x.org](https://',
      'y.org) a\u200Bb ',
      'c\n```\nd',
    ];
    const streamed = setUp({ maxMessageLength: 60 });
    await streamed.ask();
    for (const text of said) {
      await streamed.agent.say(text);
      await streamed.nextEdit();
    }
    await streamed.agent.end();
    const whole = setUp({ maxMessageLength: 60 });
    await whole.ask({
      streams: false,
      // eslint-disable-next-line @typescript-eslint/require-await
      async *answer() {
        yield* said;
      },
    });
    await turns();
    expect(streamed.outbox.texts).toEqual(whole.outbox.texts);
    expect(whole.outbox.edits).toEqual([]);
  });

  it('shows typing until the first text, not while it is edited', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    try {
      const { outbox, agent, ask, nextEdit } = setUp();
      await ask();
      await agent.say('Hm');
      await vi.advanceTimersByTimeAsync(8_000);
      expect(outbox.typing).toEqual([asked.channelId, asked.channelId]);
      await agent.say('m, ');
      await vi.advanceTimersByTimeAsync(60_000);
      await nextEdit();
      await agent.say('yes.');
      await agent.end();
      expect(outbox.texts).toEqual(['Hmm, yes.']);
      expect(outbox.typing).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('fails when nothing of it can be seen', async () => {
    const { outbox, agent, journal, ask } = setUp();
    await ask();
    await agent.say(' \n ', '\u200B');
    await agent.end();
    expect(outbox.posts).toMatchObject([{ text: expect.stringContaining('Reference:') as unknown }]);
    expect(journal.outcomeOf(asked.id)).toEqual({ state: 'failed', reason: 'agent-failed' });
  });

  it('is left as it is when the handler gives it up, and stays open in the journal', async () => {
    const { outbox, agent, handler, journal, ask } = setUp();
    await ask();
    await agent.say('Hello ');
    await agent.say('world ');
    await handler.stop(5);
    await turns();
    expect(agent.signal?.aborted).toBe(true);
    expect(outbox.texts).toEqual(['Hello']);
    expect(journal.outcomes.size).toBe(0);
  });
});

describe('an answer that fails while it grows', () => {
  it('shows what was said, and below it in small print what happened', async () => {
    const { outbox, agent, journal, logger, ask } = setUp();
    await ask();
    await agent.say('Hello ');
    await agent.say('world, he');
    await agent.fail(new AnswerError('model-unavailable', 'The model\nwent away.'));
    expect(outbox.posts).toHaveLength(1);
    expect(outbox.texts).toEqual([
      expect.stringMatching(/^Hello world, he\n-# ⚠️ The model went away\. \(Reference: [\w-]+\)$/),
    ]);
    expect(journal.outcomeOf(asked.id)).toEqual({ state: 'failed', reason: 'model-unavailable' });
    expect(logger.lines).toMatchObject([{ level: 'error', reason: 'model-unavailable' }]);
  });

  it('says it behind a code block, not within', async () => {
    const { outbox, agent, ask } = setUp();
    await ask();
    await agent.say('```js\nlet a;\n');
    await agent.fail(new AnswerError('budget-reached', 'Enough for today.', { expected: true }));
    expect(outbox.texts).toEqual(['```js\nlet a;\n```\n-# ⚠️ Enough for today.']);
  });

  it('says it in a message of its own when there is no room', async () => {
    const { outbox, agent, ask } = setUp({ maxMessageLength: 100 });
    await ask();
    await agent.say('some words '.repeat(8));
    await agent.fail(new Error('ECONNRESET'));
    expect(outbox.texts).toEqual([
      'some words '.repeat(8).trim(),
      expect.stringMatching(/^-# ⚠️ Sorry, .*\(Reference: [\w-]+\)$/),
    ]);
    expect(new Set(outbox.posts.map(({ nonce }) => nonce)).size).toBe(2);
  });

  it('is told by a reply when nothing was shown yet', async () => {
    const { outbox, agent, ask } = setUp();
    await ask();
    await agent.say('Hel');
    await agent.fail(new AnswerError('budget-reached', 'Enough for today.', { expected: true }));
    expect(outbox.posts).toMatchObject([{ text: 'Enough for today.', replyTo: asked.id }]);
  });

  it.each(['message-gone', 'missing-permissions'] as const)(
    'stops without a word when its message cannot be edited: %s',
    async (reason) => {
      const { outbox, agent, journal, logger, ask, nextEdit } = setUp();
      await ask();
      await agent.say('Hello ');
      outbox.beforeEdit = lost(reason);
      await agent.say('world ');
      await nextEdit();
      expect(agent.signal?.aborted).toBe(true);
      expect(outbox.texts).toEqual(['Hello']);
      expect(journal.outcomeOf(asked.id)).toEqual({ state: 'failed', reason });
      expect(logger.lines).toMatchObject([{ level: reason === 'message-gone' ? 'info' : 'error', reason }]);
    },
  );

  it.each(['refused-by-discord', 'discord-unreachable'] as const)(
    'goes on when an edit on the way does not arrive, and shows all of it with a later one: %s',
    async (reason) => {
      const { outbox, agent, journal, ask, nextEdit } = setUp();
      await ask();
      await agent.say('Hello ');
      outbox.beforeEdit = lost(reason);
      await agent.say('world ');
      await nextEdit();
      expect(agent.signal?.aborted).toBe(false);
      outbox.beforeEdit = () => Promise.resolve();
      await agent.say('and all');
      await agent.end();
      expect(outbox.texts).toEqual(['Hello world and all']);
      expect(journal.outcomeOf(asked.id)).toEqual({ state: 'delivered' });
    },
  );

  it('is posted whole below what was shown when Discord refuses to have that edited, and that is recorded', async () => {
    const reports: string[] = [];
    const incidents: Incidents = {
      report: (area, reason, details) => {
        reports.push(`${area} ${reason} ${String(details?.helped)}`);
      },
      recovered: () => undefined,
      forget: () => undefined,
    };
    const { outbox, agent, journal, ask, nextEdit } = setUp({ incidents });
    await ask();
    await agent.say('Hello ');
    outbox.beforeEdit = lost('refused-by-discord');
    await agent.say('world ');
    await nextEdit();
    await agent.say('and all');
    await agent.end();
    expect(outbox.texts).toEqual([
      'Hello',
      expect.stringMatching(/^-# .*whole answer\.\nHello world and all$/),
    ]);
    expect(new Set(outbox.posts.map(({ nonce }) => nonce)).size).toBe(2);
    expect(journal.outcomeOf(asked.id)).toEqual({ state: 'delivered' });
    expect(reports).toEqual(['delivery edit-refused true']);
  });

  it('says in a message of its own that the rest is missing when nothing can be posted whole either', async () => {
    const { outbox, agent, journal, ask } = setUp();
    await ask();
    await agent.say('Hello ');
    outbox.beforeEdit = lost('refused-by-discord');
    outbox.beforePost = ({ text }) =>
      text.includes('whole answer') ? lost('refused-by-discord')() : Promise.resolve();
    await agent.say('world');
    await agent.end();
    expect(outbox.texts).toEqual(['Hello', expect.stringMatching(/rest of this answer.*Reference/)]);
    expect(journal.outcomeOf(asked.id)).toEqual({ state: 'failed', reason: 'refused-by-discord' });
  });

  it('says that the rest is missing when a further message cannot be posted', async () => {
    const { outbox, agent, journal, ask, nextEdit } = setUp({ maxMessageLength: 200 });
    await ask();
    await agent.say('some words '.repeat(10));
    outbox.beforePost = lost('missing-permissions');
    await agent.say('some words '.repeat(20));
    await nextEdit();
    expect(agent.signal?.aborted).toBe(true);
    expect(outbox.texts).toEqual([expect.stringMatching(/^some words[ \w]+\n-# ⚠️ The rest .*Reference/)]);
    expect(journal.outcomeOf(asked.id)).toEqual({ state: 'failed', reason: 'missing-permissions' });
  });

  it('is recorded when nothing can be posted', async () => {
    const { outbox, agent, journal, ask } = setUp();
    outbox.beforePost = lost('channel-gone');
    await ask();
    await agent.say('Hello ');
    expect(agent.signal?.aborted).toBe(true);
    expect(outbox.posts).toEqual([]);
    expect(journal.outcomeOf(asked.id)).toEqual({ state: 'failed', reason: 'channel-gone' });
  });
});
