import { describe, expect, it } from 'vitest';
import { type AgentDefinition, agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import { type Agent, AnswerError, type Question } from '../../src/agents/agent.ts';
import { withoutLease } from '../../src/leases/lease.ts';
import type { IncomingMessage } from '../../src/messages/incoming-message.ts';
import { MessageHandler, type MessageHandlerOptions } from '../../src/messages/message-handler.ts';
import { DeliveryError, type MessageReader } from '../../src/messages/outbox.ts';
import type { Recipient } from '../../src/messages/recipient.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { incomingMessage } from '../support/incoming-message.ts';
import { MemoryJournal } from '../support/memory-journal.ts';
import { RecordingOutbox } from '../support/recording-outbox.ts';
import { turns } from '../support/turns.ts';

const BOT = '500000000000000001';

const NO_READER: MessageReader = {
  download: () => Promise.reject(new Error('there is no file')),
  messagesBefore: () => Promise.resolve([]),
  lastMessage: () => Promise.resolve(undefined),
  messagesFrom: () => Promise.resolve([]),
};

/** An agent that answers when the test says so. */
class HeldAgent implements Agent {
  readonly streams = false;
  readonly asked: Question[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #answers = new Map<string, PromiseWithResolvers<string>>();

  async *answer(question: Question, signal: AbortSignal): AsyncGenerator<string> {
    this.asked.push(question);
    this.signals.push(signal);
    const answer = Promise.withResolvers<string>();
    this.#answers.set(question.text, answer);
    signal.addEventListener('abort', () => {
      answer.reject(new Error('given up'));
    });
    yield await answer.promise;
  }

  /** Lets it answer what it was asked. */
  async say(question: string, answer: string): Promise<void> {
    const held = this.#answers.get(question);
    if (held === undefined) throw new Error(`it was not asked "${question}"`);
    held.resolve(answer);
    await turns();
  }
}

/** An agent that answers at once. */
function agentThat(answer: (text: string) => string | readonly string[]): Agent {
  return {
    streams: false,
    // eslint-disable-next-line @typescript-eslint/require-await
    async *answer({ text }) {
      const said = answer(text);
      yield* typeof said === 'string' ? [said] : said;
    },
  };
}

const echo = agentThat((text) => `You said: ${text}`);

function setUp(options: Partial<MessageHandlerOptions> = {}) {
  const journal = new MemoryJournal();
  const logger = collectingLogger();
  const handler = new MessageHandler({
    journal,
    logger,
    now: () => 1_750_000_000_000,
    maxMessageLength: 2_000,
    ...options,
  });
  const bot = (agent: Agent, settings: Partial<AgentDefinition> = {}, agentId = 'agent-1') => {
    const outbox = new RecordingOutbox();
    const definition = agentDefinitionSchema.parse({ name: agentId, ...settings });
    const lease = withoutLease(agentId);
    const recipient: Recipient = {
      agentId,
      definition,
      agent,
      lease,
      botUserId: BOT,
      outbox,
      reader: NO_READER,
    };
    return { ...recipient, outbox };
  };
  return { journal, logger, handler, bot };
}

let serial = 0;

/** Another message, by default of the same person in the same place. */
function message(text: string, parts: Partial<IncomingMessage> = {}): IncomingMessage {
  return incomingMessage({ id: String(900_000_000_000 + ++serial), text, ...parts });
}

const by = (id: string) => ({ author: { id, name: `user ${id}`, isBot: false, roleIds: [] } });
const texts = (outbox: RecordingOutbox) => outbox.posts.map(({ text }) => text);

describe('a message that addresses a bot', () => {
  it('is answered with a reply, in its channel, and the journal knows of it', async () => {
    const { handler, bot, journal } = setUp();
    const helper = bot(echo);
    const asked = message('hello');
    await expect(handler.receive(helper, asked)).resolves.toBe(true);
    await turns();
    expect(helper.outbox.posts).toMatchObject([
      { channelId: asked.channelId, text: 'You said: hello', replyTo: asked.id },
    ]);
    expect(journal.admitted).toMatchObject([
      {
        agentId: 'agent-1',
        reason: 'mention',
        message: asked,
        begun: true,
      },
    ]);
    expect(journal.outcomeOf(asked.id)).toEqual({ state: 'delivered' });
  });

  it('tells the agent who asks what, and where', async () => {
    const { handler, bot, journal } = setUp();
    const agent = new HeldAgent();
    const repliedTo = { author: 'bob', isOwn: false, text: 'what?' };
    const attachments = [
      { name: 'a.txt', mediaType: 'text/plain', size: 3, url: 'https://cdn.example/a.txt' },
    ];
    const place = { guildId: '2', guildName: 'Guild', channelId: '3', channelName: 'general' };
    await handler.receive(bot(agent), message('hi', { ...place, ...by('17'), repliedTo, attachments }));
    await turns();
    expect(agent.asked).toEqual([
      {
        exchangeId: journal.admitted[0]?.id,
        text: 'hi',
        user: { id: '17', name: 'user 17' },
        place,
        repliedTo,
        attachments,
        surroundings: expect.anything() as unknown,
      },
    ]);
  });

  it('lets the agent read the files and the messages around it', async () => {
    const { handler, bot } = setUp();
    const agent = new HeldAgent();
    const bytes = new Uint8Array([1, 2, 3]);
    const reader: MessageReader = {
      download: ({ name }, maxBytes) =>
        name === 'a.txt' ? Promise.resolve(bytes.slice(0, maxBytes)) : Promise.reject(new Error(name)),
      messagesBefore: (...[channelId, messageId, limit]) =>
        Promise.resolve([{ author: 'bob', isOwn: false, text: `${channelId} ${messageId} ${limit}` }]),
      lastMessage: () => Promise.resolve(undefined),
      messagesFrom: () => Promise.resolve([]),
    };
    const asked = message('hi');
    await handler.receive({ ...bot(agent), reader }, asked);
    await turns();
    const { surroundings } = agent.asked[0] ?? {};
    const { signal } = new AbortController();
    const file = { name: 'a.txt', mediaType: undefined, size: 3, url: 'https://cdn.example/a.txt' };
    await expect(surroundings?.download(file, 2, signal)).resolves.toEqual(bytes.slice(0, 2));
    await expect(surroundings?.messagesBefore(5, signal)).resolves.toEqual([
      { author: 'bob', isOwn: false, text: `${asked.channelId} ${asked.id} 5` },
    ]);
  });

  it('is on record before the agent hears of it, and received only then', async () => {
    const { handler, bot, journal } = setUp();
    const agent = new HeldAgent();
    const commit = Promise.withResolvers<undefined>();
    journal.commit = () => commit.promise;
    let received = false;
    const receiving = handler.receive(bot(agent), message('hello')).then(() => {
      received = true;
    });
    await turns();
    expect([received, agent.asked.length]).toEqual([false, 0]);
    commit.resolve(undefined);
    await receiving;
    await turns();
    expect(agent.asked).toHaveLength(1);
  });

  it('is answered once, however often it comes', async () => {
    const { handler, bot, journal } = setUp();
    const helper = bot(echo);
    const asked = message('hello');
    await expect(handler.receive(helper, asked)).resolves.toBe(true);
    await turns();
    await expect(handler.receive(helper, asked)).resolves.toBe(true);
    await Promise.all([handler.receive(helper, asked), handler.receive(helper, asked)]);
    await turns();
    expect(texts(helper.outbox)).toEqual(['You said: hello']);
    expect(journal.admitted).toHaveLength(1);
  });

  it('is answered by every bot that it addresses', async () => {
    const { handler, bot } = setUp();
    const [one, two] = [bot(echo, {}, 'agent-1'), bot(echo, {}, 'agent-2')];
    const asked = message('hello');
    await Promise.all([handler.receive(one, asked), handler.receive(two, asked)]);
    await turns();
    expect([texts(one.outbox), texts(two.outbox)]).toEqual([['You said: hello'], ['You said: hello']]);
  });

  it('is not received when it could not be recorded, and not answered either', async () => {
    const { handler, bot, journal } = setUp();
    const helper = bot(echo);
    journal.commit = () => Promise.reject(new Error('the disk is full'));
    const asked = message('hello');
    await expect(handler.receive(helper, asked)).rejects.toThrow('the disk is full');
    await turns();
    expect(helper.outbox.posts).toEqual([]);
    journal.commit = () => Promise.resolve();
    await expect(handler.receive(helper, asked)).resolves.toBe(true);
    await turns();
    expect(texts(helper.outbox)).toEqual(['You said: hello']);
  });

  it('gets a long answer in pieces, in order, each with a nonce of its own and the first as a reply', async () => {
    const { handler, bot } = setUp({ maxMessageLength: 20 });
    const helper = bot(agentThat(() => ['one two three ', 'four five six ', 'seven eight nine']));
    const asked = message('count');
    await handler.receive(helper, asked);
    await turns(20);
    expect(texts(helper.outbox)).toEqual(['one two three four', 'five six seven eight', 'nine']);
    expect(helper.outbox.posts.map(({ replyTo }) => replyTo)).toEqual([asked.id, undefined, undefined]);
    expect(new Set(helper.outbox.posts.map(({ nonce }) => nonce)).size).toBe(3);
  });
});

describe('what an agent says', () => {
  it('comes without secrets, invisible characters and links that pretend to lead elsewhere', async () => {
    const { handler, bot } = setUp({ redact: (text) => text.replaceAll('hunter2', '***') });
    const helper = bot(agentThat(() => ['It is hun', 'ter2, o\u200Bk? [x.org](https://y.org) @everyone']));
    await handler.receive(helper, message('hello'));
    await turns();
    expect(texts(helper.outbox)).toEqual(['It is ***, ok? x.org (<https://y.org>) @everyone']);
  });

  it('comes without anything shaped like a secret unless the handler is told how to find secrets', async () => {
    const { handler, bot } = setUp();
    const helper = bot(agentThat(() => 'my key is sk-abcdefghijkl0123456789'));
    await handler.receive(helper, message('hello'));
    await turns();
    expect(texts(helper.outbox)).toEqual(['my key is [redacted]']);
  });

  it('is an empty answer when nothing of it can be seen', async () => {
    const { handler, bot, journal } = setUp();
    const asked = message('hello');
    await handler.receive(bot(agentThat(() => '\u200B \u2060')), asked);
    await turns();
    expect(journal.outcomeOf(asked.id)).toEqual({ state: 'failed', reason: 'agent-failed' });
  });
});

describe('order', () => {
  it("answers one user's messages one after the other, and others' beside them", async () => {
    const { handler, bot } = setUp();
    const agent = new HeldAgent();
    const helper = bot(agent);
    for (const text of ['first', 'second']) await handler.receive(helper, message(text, by('1')));
    await handler.receive(helper, message('other', by('2')));
    await turns();
    expect(agent.asked.map(({ text }) => text)).toEqual(['first', 'other']);
    await agent.say('other', 'to the other');
    expect(agent.asked.map(({ text }) => text)).toEqual(['first', 'other']);
    await agent.say('first', 'to the first');
    await agent.say('second', 'to the second');
    expect(texts(helper.outbox)).toEqual(['to the other', 'to the first', 'to the second']);
  });

  it('does not ask again before the answer before was posted', async () => {
    const { handler, bot } = setUp();
    const agent = new HeldAgent();
    const helper = bot(agent);
    const posting = Promise.withResolvers<undefined>();
    helper.outbox.beforePost = () => posting.promise;
    for (const text of ['first', 'second']) await handler.receive(helper, message(text));
    await turns();
    await agent.say('first', 'one');
    expect(agent.asked).toHaveLength(1);
    posting.resolve(undefined);
    await turns();
    expect(agent.asked).toHaveLength(2);
  });

  it('never lets one bot wait for another', async () => {
    const { handler, bot } = setUp({ concurrency: 1 });
    const slow = bot(new HeldAgent(), {}, 'slow');
    const quick = bot(echo, {}, 'quick');
    await handler.receive(slow, message('think'));
    await handler.receive(slow, message('think more', by('2')));
    await handler.receive(quick, message('hello'));
    await turns();
    expect(texts(quick.outbox)).toEqual(['You said: hello']);
  });

  it('takes turns between the users of one bot', async () => {
    const { handler, bot } = setUp({ concurrency: 1 });
    const agent = new HeldAgent();
    const helper = bot(agent);
    for (const text of ['flood 1', 'flood 2', 'flood 3'])
      await handler.receive(helper, message(text, by('1')));
    await handler.receive(helper, message('once', by('2')));
    await turns();
    await agent.say('flood 1', 'ok');
    await agent.say('once', 'ok');
    expect(agent.asked.map(({ text }) => text)).toEqual(['flood 1', 'once', 'flood 2']);
  });
});

describe('an answer that fails', () => {
  it.each([
    {
      what: 'an agent that throws',
      agent: agentThat(() => {
        throw new Error('ECONNREFUSED 10.0.0.7:5432 sk-secret-key');
      }),
    },
    { what: 'an agent that says nothing', agent: agentThat(() => []) },
    { what: 'an agent that says nothing but blanks', agent: agentThat(() => [' ', '\n\t']) },
  ])('gives one short notice with a reference that the log has too: $what', async ({ agent }) => {
    const { handler, bot, journal, logger } = setUp();
    const helper = bot(agent);
    const asked = message('hello');
    await handler.receive(helper, asked);
    await turns();
    const [notice, ...more] = helper.outbox.posts;
    expect(more).toEqual([]);
    expect(notice).toMatchObject({ channelId: asked.channelId, replyTo: asked.id });
    expect(notice?.text.length).toBeLessThan(200);
    expect(notice?.text).not.toMatch(/ECONN|sk-|Error|empty/);
    const reference = /Reference: ([\w-]+)/.exec(notice?.text ?? '')?.[1] ?? 'no reference';
    const failure = logger.lines.find((line) => line.level === 'error');
    expect(failure).toMatchObject({ reference, agent: 'agent-1', message: asked.id });
    expect(failure?.exchange).toContain(reference);
    expect(failure?.error).toBeInstanceOf(Error);
    expect(journal.outcomeOf(asked.id)).toEqual({ state: 'failed', reason: 'agent-failed' });
  });

  it('gives the notice also when the agent failed in the middle of its answer, and nothing of that half', async () => {
    const { handler, bot } = setUp();
    const helper = bot({
      streams: false,
      // eslint-disable-next-line @typescript-eslint/require-await
      async *answer() {
        yield 'half of ';
        throw new Error('the connection dropped');
      },
    });
    await handler.receive(helper, message('hello'));
    await turns();
    expect(texts(helper.outbox)).toEqual([expect.stringContaining('Reference:')]);
  });

  it.each([
    { expected: false, level: 'error', notice: /^The model sleeps\. \(Reference: [\w-]+\)$/ },
    { expected: true, level: 'info', notice: /^The model sleeps\.$/ },
  ])(
    'is told and recorded in the words of the agent (expected: $expected)',
    async ({ expected, level, notice }) => {
      const { handler, bot, journal, logger } = setUp();
      const helper = bot(
        agentThat(() => {
          throw new AnswerError('model-asleep', 'The model sleeps.', { expected });
        }),
      );
      const asked = message('hello');
      await handler.receive(helper, asked);
      await turns();
      expect(texts(helper.outbox)).toEqual([expect.stringMatching(notice)]);
      expect(journal.outcomeOf(asked.id)).toEqual({ state: 'failed', reason: 'model-asleep' });
      expect(logger.lines).toMatchObject([{ level, reason: 'model-asleep' }]);
    },
  );

  it('says on the last message that could be posted that the rest is missing', async () => {
    const { handler, bot, journal } = setUp({ maxMessageLength: 200 });
    const helper = bot(agentThat(() => 'some words '.repeat(50)));
    helper.outbox.beforePost = () =>
      helper.outbox.posts.length < 2
        ? Promise.resolve()
        : Promise.reject(new DeliveryError('missing-permissions', 'not here any more'));
    const asked = message('hello');
    await handler.receive(helper, asked);
    await turns(20);
    const [first, second, ...more] = helper.outbox.texts;
    expect([first, more]).toEqual([helper.outbox.posts[0]?.text, []]);
    expect(second).toMatch(/^some words[ \w]+\n-# ⚠️ The rest of this answer .*\(Reference: [\w-]+\)$/);
    expect(second?.length).toBeLessThanOrEqual(200);
    expect(journal.outcomeOf(asked.id)).toEqual({ state: 'failed', reason: 'missing-permissions' });
  });

  it('is held on to while Discord cannot be reached, and posted once when it can', async () => {
    const waits: (() => void)[] = [];
    const { handler, bot, journal } = setUp({
      sleep: () =>
        new Promise((resolve) => {
          waits.push(resolve);
        }),
    });
    const helper = bot(echo);
    helper.outbox.beforePost = () => Promise.reject(new DeliveryError('discord-unreachable', 'no answer'));
    const asked = message('hello');
    await handler.receive(helper, asked);
    await turns();
    expect(journal.outcomeOf(asked.id)).toBeUndefined();
    helper.outbox.beforePost = () => Promise.resolve();
    for (const end of waits) end();
    await turns();
    expect(texts(helper.outbox)).toEqual(['You said: hello']);
    expect(journal.outcomeOf(asked.id)).toEqual({ state: 'delivered' });
  });

  it('is on record with all of its pieces before the first is posted', async () => {
    const { handler, bot, journal } = setUp({ maxMessageLength: 20 });
    const helper = bot(agentThat(() => 'one two three four five six seven eight'));
    let recorded: unknown;
    helper.outbox.beforePost = () => {
      recorded ??= [...journal.replies.values()];
      return Promise.resolve();
    };
    await handler.receive(helper, message('count'));
    await turns(20);
    expect(recorded).toEqual([
      { pieces: ['one two three four', 'five six seven eight'], ending: 'delivered' },
    ]);
    expect(journal.steps.map(({ step }) => step)).toEqual(['reply', 'posted', 'posted', 'finish']);
  });

  it('has two users look up different references', async () => {
    const { handler, bot } = setUp();
    const helper = bot(agentThat(() => []));
    await handler.receive(helper, message('hello', by('1')));
    await handler.receive(helper, message('hello', by('2')));
    await turns();
    expect(new Set(texts(helper.outbox)).size).toBe(2);
  });

  it('is recorded with its reason when Discord does not take it, without a notice that it would not take either', async () => {
    const { handler, bot, journal } = setUp();
    const helper = bot(echo);
    let tries = 0;
    helper.outbox.beforePost = () => {
      tries += 1;
      return Promise.reject(new DeliveryError('missing-permissions', 'Discord said: Missing Permissions'));
    };
    const asked = message('hello');
    await handler.receive(helper, asked);
    await turns();
    expect(tries).toBe(1);
    expect(journal.outcomeOf(asked.id)).toEqual({ state: 'failed', reason: 'missing-permissions' });
  });

  it('is told when Discord took offence at the answer alone', async () => {
    const { handler, bot, journal } = setUp();
    const helper = bot(echo);
    helper.outbox.beforePost = ({ text }) =>
      text.startsWith('You said')
        ? Promise.reject(new DeliveryError('refused-by-discord', 'Discord said: blocked'))
        : Promise.resolve();
    const asked = message('hello');
    await handler.receive(helper, asked);
    await turns();
    expect(texts(helper.outbox)).toEqual([expect.stringContaining('Reference:')]);
    expect(journal.outcomeOf(asked.id)).toEqual({ state: 'failed', reason: 'refused-by-discord' });
  });

  it('is recorded and logged also when the notice cannot be posted', async () => {
    const { handler, bot, journal, logger } = setUp();
    const helper = bot(agentThat(() => []));
    helper.outbox.beforePost = () => Promise.reject(new DeliveryError('channel-gone', 'the channel is gone'));
    const asked = message('hello');
    await handler.receive(helper, asked);
    await turns();
    expect(journal.outcomeOf(asked.id)).toEqual({ state: 'failed', reason: 'agent-failed' });
    expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(2);
  });

  it('does not keep the next message of that user from being answered', async () => {
    const { handler, bot } = setUp();
    const helper = bot(
      agentThat((text) => {
        if (text === 'poison') throw new Error('poisoned');
        return 'fine';
      }),
    );
    await handler.receive(helper, message('poison'));
    await handler.receive(helper, message('hello'));
    await turns();
    expect(texts(helper.outbox)[1]).toBe('fine');
  });
});

describe('a message that is not answered', () => {
  it.each([
    { reason: 'dm-disabled', parts: { guildId: undefined }, settings: { respondToDm: false } },
    { reason: 'guild-not-allowed', parts: {}, settings: { guildWhitelist: ['1'] } },
    { reason: 'channel-not-allowed', parts: {}, settings: { channelWhitelist: ['1'] } },
    { reason: 'everyone-disabled', parts: { mentionsBot: false, mentionsEveryone: true }, settings: {} },
  ])('is journaled and logged with its reason when it was meant for the bot: $reason', async (row) => {
    const { handler, bot, journal, logger } = setUp();
    const agent = new HeldAgent();
    const refused = message('hello', row.parts);
    await expect(handler.receive(bot(agent, row.settings), refused)).resolves.toBe(true);
    await turns();
    expect(journal.ignored).toMatchObject([
      { message: { id: refused.id }, reason: row.reason, agentId: 'agent-1' },
    ]);
    expect(journal.admitted).toEqual([]);
    expect(agent.asked).toEqual([]);
    expect(logger.lines).toMatchObject([{ level: 'info', reason: row.reason, message: refused.id }]);
  });

  it('is journaled when too many of the same user wait, and others are still answered', async () => {
    const { handler, bot, journal } = setUp({ backlog: 2 });
    const agent = new HeldAgent();
    const helper = bot(agent);
    const flood = Array.from({ length: 5 }, (_, index) => message(`flood ${index}`, by('1')));
    for (const one of flood) await handler.receive(helper, one);
    await handler.receive(helper, message('once', by('2')));
    await turns();
    expect(journal.admitted.map(({ message: { text } }) => text)).toEqual([
      'flood 0',
      'flood 1',
      'flood 2',
      'once',
    ]);
    expect(journal.ignored.map(({ message: { text }, reason }) => [text, reason])).toEqual([
      ['flood 3', 'too-many-waiting'],
      ['flood 4', 'too-many-waiting'],
    ]);
    expect(agent.asked.map(({ text }) => text)).toEqual(['flood 0', 'once']);
  });

  it('is refused beyond the bound also when all of them come before the first is on record', async () => {
    const { handler, bot, journal } = setUp({ backlog: 2 });
    const commit = Promise.withResolvers<undefined>();
    journal.commit = () => commit.promise;
    const helper = bot(new HeldAgent());
    const all = Array.from({ length: 30 }, (_, index) => handler.receive(helper, message(`flood ${index}`)));
    commit.resolve(undefined);
    await Promise.all(all);
    // One runs, two wait.
    expect(journal.admitted.length).toBeLessThanOrEqual(3);
    expect(journal.ignored.length).toBeGreaterThanOrEqual(27);
  });

  it('leaves no row when it was none of the bot’s business, but is remembered for a while with its reason', async () => {
    const { handler, bot, journal } = setUp({ remember: 3 });
    const helper = bot(echo);
    const passed = [
      message('chat', { mentionsBot: false }),
      message('chat', { author: { id: BOT, name: 'helper', isBot: true, roleIds: [] } }),
      message('chat', { author: { id: '7', name: 'other', isBot: true, roleIds: [] } }),
      message('chat', { isText: false }),
    ];
    for (const one of passed) await expect(handler.receive(helper, one)).resolves.toBe(true);
    expect(handler.passes).toEqual([
      { agentId: 'agent-1', messageId: passed[1]?.id, reason: 'own-message' },
      { agentId: 'agent-1', messageId: passed[2]?.id, reason: 'other-bot' },
      { agentId: 'agent-1', messageId: passed[3]?.id, reason: 'system-message' },
    ]);
    expect([journal.admitted, journal.ignored, helper.outbox.posts]).toEqual([[], [], []]);
  });
});

describe('a user who is refused', () => {
  const MINUTE = 60_000;
  const start = 1_750_000_000_000;

  it.each([
    { reason: 'user-blocked', settings: { blockedUsers: ['1'] } },
    { reason: 'user-not-allowed', settings: { allowedUsers: ['2'], allowedRoles: ['7'] } },
  ])('is told so once in a while, each time with a row: $reason', async ({ reason, settings }) => {
    let now = start;
    const { handler, bot, journal } = setUp({ now: () => now });
    const helper = bot(echo, settings);
    const first = message('hello', by('1'));
    for (const asked of [
      first,
      message('hello?', by('1')),
      message('hi', { ...by('1'), guildId: undefined }),
    ])
      await handler.receive(helper, asked);
    await turns();
    expect(journal.ignored.map((row) => row.reason)).toEqual([reason, reason, reason]);
    expect(helper.outbox.posts).toMatchObject([{ replyTo: first.id, channelId: first.channelId }]);
    now += 10 * MINUTE;
    await handler.receive(helper, message('now?', by('1')));
    await turns();
    expect(helper.outbox.posts).toHaveLength(2);
    expect(new Set(helper.outbox.posts.map(({ nonce }) => nonce)).size).toBe(2);
  });

  it('is not told of a message that Discord delivers again, nor does that count for the rate', async () => {
    const { handler, bot, journal } = setUp();
    const helper = bot(echo, { rateLimit: 2 });
    const asked = message('one', by('1'));
    for (const again of [asked, asked, asked, asked]) {
      await handler.receive(helper, again);
      await turns();
    }
    await handler.receive(helper, message('two', by('1')));
    await turns();
    expect(helper.outbox.posts.map(({ text }) => text)).toEqual(['You said: one', 'You said: two']);
    expect(journal.ignored).toEqual([]);
  });

  it('is refused under the settings in force when its turn comes', async () => {
    const { handler, bot, journal } = setUp();
    const agent = new HeldAgent();
    const helper = bot(agent);
    const [first, second] = [message('one', by('1')), message('two', by('1'))];
    await handler.receive(helper, first);
    await handler.receive(helper, second);
    await turns();
    Object.assign(helper.definition, { blockedUsers: ['1'] });
    await agent.say('one', 'Done.');
    expect(journal.outcomeOf(first.id)).toEqual({ state: 'delivered' });
    expect(journal.outcomeOf(second.id)).toEqual({ state: 'failed', reason: 'user-blocked' });
  });

  it('is told by every agent', async () => {
    const { handler, bot } = setUp();
    const bots = ['agent-1', 'agent-2'].map((id) => bot(echo, { blockedUsers: ['1'] }, id));
    for (const helper of bots) await handler.receive(helper, message('hello', by('1')));
    await turns();
    expect(bots.map(({ outbox }) => outbox.posts.length)).toEqual([1, 1]);
  });

  it('is told though it is not certain that this process runs the bot, which an answer waits for', async () => {
    const { handler, bot } = setUp();
    const helper = bot(echo, { blockedUsers: ['1'] });
    await handler.receive(helper, message('hello', by('1')));
    await handler.receive(helper, message('hello', by('2')));
    await turns();
    expect(helper.outbox.posts.map(({ needsNoLease = false }) => needsNoLease)).toEqual([true, false]);
  });

  it('for writing too often hears when to come back, and is answered then', async () => {
    let now = start;
    const { handler, bot, journal } = setUp({ now: () => now });
    const helper = bot(echo, { rateLimit: 2 });
    for (const text of ['one', 'two', 'three', 'four']) {
      await handler.receive(helper, message(text, by('1')));
      await turns();
      now += 10_000;
    }
    await handler.receive(helper, message('other', by('2')));
    await turns();
    const refusal = `<t:${(start + MINUTE) / 1_000}:R>`;
    expect(texts(helper.outbox)).toEqual([
      'You said: one',
      'You said: two',
      expect.stringContaining(refusal),
      'You said: other',
    ]);
    expect(journal.ignored.map(({ reason }) => reason)).toEqual(['rate-limited', 'rate-limited']);
    now = start + MINUTE;
    await handler.receive(helper, message('five', by('1')));
    await turns();
    expect(texts(helper.outbox).at(-1)).toBe('You said: five');
  });

  it('for having too many messages waiting is told so', async () => {
    const { handler, bot } = setUp({ backlog: 1 });
    const helper = bot(new HeldAgent());
    for (const text of ['one', 'two', 'three', 'four']) await handler.receive(helper, message(text));
    await turns();
    expect(texts(helper.outbox)).toEqual([expect.stringContaining('waiting')]);
  });

  it('hears nothing where it is about the place', async () => {
    const { handler, bot } = setUp();
    const helper = bot(echo, { guildWhitelist: ['1'], respondToDm: false });
    await handler.receive(helper, message('hello'));
    await handler.receive(helper, message('hello', { guildId: undefined }));
    await turns();
    expect(helper.outbox.posts).toEqual([]);
  });

  it('is refused all the same when it cannot be told', async () => {
    const { handler, bot, logger } = setUp();
    const helper = bot(echo, { blockedUsers: ['1'] });
    helper.outbox.beforePost = () => Promise.reject(new DeliveryError('missing-permissions', 'not here'));
    await expect(handler.receive(helper, message('hello', by('1')))).resolves.toBe(true);
    await turns();
    expect(logger.lines.map(({ level }) => level)).toEqual(['info', 'debug']);
  });
});

describe('stop', () => {
  it('finishes what is in flight and what waits, and takes nothing new', async () => {
    const { handler, bot, journal } = setUp();
    const agent = new HeldAgent();
    const helper = bot(agent);
    await handler.receive(helper, message('first'));
    await handler.receive(helper, message('second'));
    await turns();
    let stopped = false;
    const stopping = handler.stop(60_000).then(() => {
      stopped = true;
    });
    const late = message('late');
    await expect(handler.receive(helper, late)).resolves.toBe(false);
    await agent.say('first', 'one');
    expect(stopped).toBe(false);
    await agent.say('second', 'two');
    await stopping;
    expect(texts(helper.outbox)).toEqual(['one', 'two']);
    expect(journal.admitted.map(({ message }) => message.id)).not.toContain(late.id);
  });

  it('is over at once when nothing is in flight', async () => {
    const { handler } = setUp();
    await expect(handler.stop(60_000)).resolves.toBeUndefined();
  });

  it('abandons at the timeout what is not finished: nothing more is posted, and it stays open in the journal', async () => {
    const { handler, bot, journal, logger } = setUp();
    const agent = new HeldAgent();
    const helper = bot(agent);
    const [first, second] = [message('first'), message('second')];
    await handler.receive(helper, first);
    await handler.receive(helper, second);
    await turns();
    await handler.stop(5);
    await turns();
    expect(agent.signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(agent.asked.map(({ text }) => text)).toEqual(['first']);
    expect(helper.outbox.posts).toEqual([]);
    expect(journal.admitted).toHaveLength(2);
    expect(journal.outcomes.size).toBe(0);
    expect(logger.lines).toContainEqual(expect.objectContaining({ level: 'warn', exchanges: 2 }));
  });

  it('posts no further piece of an answer that it abandoned half-way', async () => {
    const { handler, bot, journal } = setUp({ maxMessageLength: 20 });
    const helper = bot(agentThat(() => 'one two three four five six seven eight'));
    const posting = Promise.withResolvers<undefined>();
    helper.outbox.beforePost = () => posting.promise;
    await handler.receive(helper, message('count'));
    await turns();
    await handler.stop(5);
    posting.resolve(undefined);
    await turns();
    expect(helper.outbox.posts).toHaveLength(1);
    expect(journal.outcomes.size).toBe(0);
  });

  it('finishes also what was being recorded when it was called', async () => {
    const { handler, bot, journal } = setUp();
    const helper = bot(echo);
    const commit = Promise.withResolvers<undefined>();
    journal.commit = () => commit.promise;
    const asked = message('hello');
    const receiving = handler.receive(helper, asked);
    let stopped = false;
    const stopping = handler.stop(60_000).then(() => {
      stopped = true;
      // What is posted after this moment goes to a connection that is being closed.
      return texts(helper.outbox);
    });
    await turns();
    expect(stopped).toBe(false);
    commit.resolve(undefined);
    await expect(receiving).resolves.toBe(true);
    await expect(stopping).resolves.toEqual(['You said: hello']);
    expect(journal.outcomeOf(asked.id)).toEqual({ state: 'delivered' });
  });

  it('asks no agent about what was recorded only after the timeout', async () => {
    const { handler, bot, journal } = setUp();
    const agent = new HeldAgent();
    const commit = Promise.withResolvers<undefined>();
    journal.commit = () => commit.promise;
    const helper = bot(agent);
    const receiving = handler.receive(helper, message('hello'));
    await handler.stop(5);
    commit.resolve(undefined);
    await receiving;
    await turns();
    expect(helper.outbox.posts).toEqual([]);
    expect(agent.asked).toEqual([]);
    expect(journal.outcomes.size).toBe(0);
  });
});
