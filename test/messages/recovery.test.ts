import { describe, expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import type { Agent } from '../../src/agents/agent.ts';
import { type Lease, LeaseLostError, withoutLease } from '../../src/leases/lease.ts';
import type { OpenExchange, Reply } from '../../src/messages/journal.ts';
import { MessageHandler, type MessageHandlerOptions } from '../../src/messages/message-handler.ts';
import { NONCE_LIFE } from '../../src/messages/nonce.ts';
import { type ChannelMessage, DeliveryError, type MessageReader } from '../../src/messages/outbox.ts';
import { RECOVERY_WORDS } from '../../src/messages/recovery/recover-exchange.ts';
import { uuidV7 } from '../../src/util/uuid-v7.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { incomingMessage } from '../support/incoming-message.ts';
import { MemoryJournal } from '../support/memory-journal.ts';
import { RecordingOutbox } from '../support/recording-outbox.ts';
import { turns } from '../support/turns.ts';

const NOW = 1_750_000_000_000;
const WINDOW = 3_600_000;

const ago = (ms: number): Date => new Date(NOW - ms);
const JUST_NOW = ago(1_000);
/** Discord no longer knows a nonce from then. */
const LONG_AGO = ago(NONCE_LIFE + 60_000);
/** Nobody waits for an answer any more. */
const TOO_OLD = ago(WINDOW + 60_000);

let serial = 0;

/** An exchange of the bot, admitted just now and not begun, but for what is said otherwise. */
function left(parts: Partial<OpenExchange> & { text?: string } = {}): OpenExchange {
  const { text = 'hello', ...rest } = parts;
  return {
    id: uuidV7(NOW),
    agentId: 'agent-1',
    message: incomingMessage({ id: String(1_000 + ++serial), text }),
    state: 'admitted',
    attempts: 1,
    reply: undefined,
    posted: [],
    admittedAt: JUST_NOW,
    answeredAt: undefined,
    ...rest,
  };
}

const answered = (...pieces: readonly string[]): Reply => ({ pieces, ending: 'delivered' });

/** An agent that echoes, and knows what it was asked. */
function echoAgent(): Agent & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    streams: true,
    asked,
    // eslint-disable-next-line @typescript-eslint/require-await
    async *answer({ text }) {
      asked.push(text);
      yield 'You said: ';
      yield text;
    },
  };
}

function setUp(exchanges: readonly OpenExchange[], options: Partial<MessageHandlerOptions> = {}) {
  const journal = new MemoryJournal();
  journal.left = [...exchanges];
  const handler = new MessageHandler({
    journal,
    logger: collectingLogger(),
    now: () => NOW,
    maxMessageLength: 2_000,
    recoveryWindow: WINDOW,
    ...options,
  });
  const outbox = new RecordingOutbox();
  const agent = echoAgent();
  /** What there is in the channel. The bot cannot read it unless the test says so. */
  const channel: ChannelMessage[] = [];
  const reader: MessageReader = {
    download: () => Promise.reject(new Error('there is no file')),
    messagesBefore: () => Promise.resolve([]),
    lastMessage: () => Promise.resolve(undefined),
    messagesFrom: (...[, from, limit]) =>
      Promise.resolve(channel.filter(({ id }) => Number(id) >= Number(from)).slice(0, limit)),
  };
  const recipientUnder = (lease: Lease, answering: Agent = agent) => ({
    agentId: 'agent-1',
    definition: agentDefinitionSchema.parse({ name: 'helper' }),
    agent: answering,
    lease,
    botUserId: '5',
    outbox,
    reader,
  });
  const lease = withoutLease('agent-1');
  const recover = async (answering: Agent = agent): Promise<void> => {
    await handler.recover(recipientUnder(lease, answering));
    await turns(20);
  };
  return { journal, handler, outbox, agent, channel, reader, lease, recipientUnder, recover };
}

/** The question, and what the bot wrote behind it. */
function write(
  channel: ChannelMessage[],
  { message }: OpenExchange,
  ...own: readonly { readonly text: string; readonly isReply?: boolean }[]
): void {
  channel.push({ id: message.id, text: message.text, isOwn: false, replyTo: undefined });
  for (const { text, isReply = false } of own) {
    channel.push({
      id: String(2_000 + ++serial),
      text,
      isOwn: true,
      replyTo: isReply ? message.id : undefined,
    });
  }
}

describe('an exchange that was not answered when the process died', () => {
  it('is answered as if it had come now, and the attempt is on record before', async () => {
    const open = left();
    const { recover, outbox, journal } = setUp([open]);
    await recover();
    expect(outbox.posts).toMatchObject([{ text: 'You said: hello', replyTo: open.message.id }]);
    expect(journal.steps.map(({ step }) => step)).toEqual(['begin', 'reply', 'posted', 'finish']);
    expect(journal.outcomes.get(open.id)).toEqual({ state: 'delivered' });
  });

  it('is told to its user when it is too old, and no agent is asked', async () => {
    const open = left({ admittedAt: TOO_OLD });
    const { recover, outbox, journal, agent } = setUp([open]);
    await recover();
    expect(outbox.posts).toMatchObject([{ text: RECOVERY_WORDS.expired, replyTo: open.message.id }]);
    expect(agent.asked).toEqual([]);
    expect(journal.outcomes.get(open.id)).toMatchObject({ state: 'expired' });
  });

  it('comes before everything that its user writes later', async () => {
    const open = left({ text: 'before' });
    const { handler, recipientUnder, lease, agent, recover } = setUp([open]);
    const recovering = recover();
    await handler.recover(recipientUnder(lease));
    await handler.receive(recipientUnder(lease), incomingMessage({ id: '99999', text: 'after' }));
    await recovering;
    await turns(20);
    expect(agent.asked).toEqual(['before', 'after']);
  });

  it('is taken up once under a lease, however often the bot connects', async () => {
    const { recover, outbox } = setUp([left()]);
    await recover();
    await recover();
    expect(outbox.posts).toHaveLength(1);
  });

  it('is left alone when the lease is lost', async () => {
    const open = left();
    const { handler, recipientUnder, journal, outbox } = setUp([open]);
    const lost: Lease = {
      ...withoutLease('agent-1'),
      held: () => Promise.reject(new LeaseLostError('agent-1')),
    };
    await handler.recover(recipientUnder(lost));
    await turns(20);
    expect(outbox.posts).toEqual([]);
    expect(journal.outcomes.size).toBe(0);
  });
});

describe('an answer that was on record when the process died', () => {
  it('is posted under the same nonce, so that Discord shows it once', async () => {
    const open = left({ state: 'answered', reply: answered('the answer'), answeredAt: JUST_NOW });
    const { recover, outbox, agent, journal } = setUp([open]);
    await recover();
    expect(outbox.texts).toEqual(['the answer']);
    const again = setUp([open]);
    const [first] = outbox.posts;
    if (first !== undefined) await again.outbox.post(first);
    await again.recover();
    expect(again.outbox.texts).toEqual(['the answer']);
    expect(agent.asked).toEqual([]);
    expect(journal.outcomes.get(open.id)).toEqual({ state: 'delivered' });
  });

  it('is not posted again when the channel shows it and Discord has forgotten the nonce', async () => {
    const open = left({ state: 'answered', reply: answered('the answer'), answeredAt: LONG_AGO });
    const { recover, outbox, channel, journal } = setUp([open]);
    write(channel, open, { text: 'the answer', isReply: true });
    await recover();
    expect(outbox.posts).toEqual([]);
    expect(journal.outcomes.get(open.id)).toEqual({ state: 'delivered' });
  });

  it('is found also where its question was gone before, and it is no reply', async () => {
    const open = left({ state: 'answered', reply: answered('the answer'), answeredAt: LONG_AGO });
    const { recover, outbox, channel } = setUp([open]);
    channel.push({ id: '5000', text: 'the answer', isOwn: true, replyTo: undefined });
    await recover();
    expect(outbox.posts).toEqual([]);
  });

  it('is completed when only some of its pieces are there', async () => {
    const reply = answered('one', 'two', 'three');
    const open = left({ state: 'answered', reply, answeredAt: LONG_AGO });
    const { recover, outbox, channel } = setUp([open]);
    write(channel, open, { text: 'one', isReply: true }, { text: 'something else' }, { text: 'two' });
    await recover();
    expect(outbox.posts).toMatchObject([{ text: 'three', replyTo: undefined }]);
  });

  it('is posted when the channel shows that it is not there', async () => {
    const open = left({ state: 'answered', reply: answered('the answer'), answeredAt: LONG_AGO });
    const { recover, outbox, channel } = setUp([open]);
    write(channel, open, { text: 'an answer to somebody else' });
    await recover();
    expect(outbox.posts).toMatchObject([{ text: 'the answer' }]);
  });

  it('is not posted, and the user asked to judge, where nobody can tell', async () => {
    const open = left({ state: 'answered', reply: answered('the answer'), answeredAt: LONG_AGO });
    const { recover, outbox, journal } = setUp([open]);
    await recover();
    expect(outbox.texts).toEqual([expect.stringContaining('cannot see whether my answer arrived')]);
    expect(journal.outcomes.get(open.id)).toEqual({ state: 'failed', reason: 'delivery-unknown' });
  });

  it('is known to be there by the ids on record where the channel cannot be read', async () => {
    const reply = answered('the answer');
    const open = left({ state: 'delivering', reply, answeredAt: LONG_AGO, posted: ['1'] });
    const { recover, outbox, journal } = setUp([open]);
    await outbox.post({ channelId: '1', text: 'the answer', nonce: 'old', replyTo: undefined });
    await recover();
    expect(outbox.posts).toHaveLength(1);
    expect(journal.outcomes.get(open.id)).toEqual({ state: 'delivered' });
  });

  it('is not said in doubt twice', async () => {
    const doubt: Reply = { pieces: ['cannot see'], ending: 'failed', reason: 'delivery-unknown' };
    const open = left({ state: 'answered', reply: doubt, answeredAt: LONG_AGO });
    const { recover, outbox, journal } = setUp([open]);
    await recover();
    expect(outbox.posts).toEqual([]);
    expect(journal.outcomes.get(open.id)).toEqual({ state: 'failed', reason: 'delivery-unknown' });
  });

  it('is looked for again when Discord does not answer', async () => {
    const open = left({ state: 'answered', reply: answered('the answer'), answeredAt: LONG_AGO });
    const waits: (() => void)[] = [];
    const { recover, outbox, channel, reader } = setUp([open], {
      sleep: () =>
        new Promise((resolve) => {
          waits.push(resolve);
        }),
    });
    write(channel, open);
    const answering = reader.messagesFrom.bind(reader);
    reader.messagesFrom = () => Promise.reject(new DeliveryError('discord-unreachable', 'no answer'));
    await recover();
    expect(outbox.posts).toEqual([]);
    reader.messagesFrom = answering;
    for (const end of waits) end();
    await turns(20);
    expect(outbox.texts).toEqual(['the answer']);
  });

  it('is too late like any other when nothing of it arrived', async () => {
    const reply = answered('the answer');
    const open = left({ state: 'answered', reply, admittedAt: TOO_OLD, answeredAt: TOO_OLD });
    const { recover, outbox, channel } = setUp([open]);
    write(channel, open);
    await recover();
    expect(outbox.texts).toEqual([RECOVERY_WORDS.expired]);
  });

  it('is completed however old it is when something of it arrived', async () => {
    const reply = answered('one', 'two');
    const open = left({ state: 'delivering', reply, admittedAt: TOO_OLD, answeredAt: TOO_OLD });
    const { recover, outbox, channel } = setUp([open]);
    write(channel, open, { text: 'one', isReply: true });
    await recover();
    expect(outbox.texts).toEqual(['two']);
  });
});

describe('an answer that was growing when the process died', () => {
  /** Posts what the dead process had shown. */
  async function shown(outbox: RecordingOutbox, ...texts: readonly string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const text of texts) {
      const { id } = await outbox.post({ channelId: '1', text, nonce: `old ${text}`, replyTo: undefined });
      ids.push(id);
    }
    return ids;
  }

  it('is edited to its end in the messages that are there, and those that are too many go', async () => {
    const open = left({ state: 'streaming', answeredAt: JUST_NOW, posted: ['1', '2'] });
    const { recover, outbox, journal } = setUp([open]);
    await shown(outbox, 'You sa', 'half');
    await recover();
    expect(outbox.texts).toEqual(['You said: hello']);
    expect(outbox.posts).toHaveLength(2);
    expect(journal.outcomes.get(open.id)).toEqual({ state: 'delivered' });
  });

  /** The oldest message of the channel: what the outbox posts has ids from 1. */
  const question = incomingMessage({ id: '0' });

  it('is found in the channel when its message is not on record, and edited', async () => {
    const open = left({ state: 'streaming', answeredAt: LONG_AGO, message: question });
    const { recover, outbox, channel } = setUp([open]);
    const [id = ''] = await shown(outbox, 'You sa');
    write(channel, open);
    channel.push({ id, text: 'You sa', isOwn: true, replyTo: question.id });
    await recover();
    expect(outbox.posts).toHaveLength(1);
    expect(outbox.texts).toEqual(['You said: hello']);
  });

  it('says below what was shown that it ends there, when it is too old', async () => {
    const times = { admittedAt: TOO_OLD, answeredAt: TOO_OLD };
    const open = left({ state: 'streaming', posted: ['1'], message: question, ...times });
    const { recover, outbox, channel, agent, journal } = setUp([open]);
    const [id = ''] = await shown(outbox, 'You sa');
    write(channel, open);
    channel.push({ id, text: 'You sa', isOwn: true, replyTo: question.id });
    await recover();
    expect(outbox.texts).toEqual([`You sa\n-# ⚠️ ${RECOVERY_WORDS.cut}`]);
    expect(agent.asked).toEqual([]);
    expect(journal.outcomes.get(open.id)).toMatchObject({ state: 'expired' });
  });
});

describe('an exchange that processes died of', () => {
  it('is set aside after three deaths: its user is told, and no agent is asked again', async () => {
    const open = left({ attempts: 3 });
    const { recover, outbox, journal, agent } = setUp([open]);
    await recover();
    expect(agent.asked).toEqual([]);
    expect(outbox.texts).toEqual([RECOVERY_WORDS.setAside]);
    expect(journal.outcomes.get(open.id)).toMatchObject({ state: 'dead-letter' });
  });

  it('is worked on alone after two, so that others are cleared, and nobody else waits for it', async () => {
    const gate = Promise.withResolvers<undefined>();
    const asked: string[] = [];
    const slow: Agent = {
      streams: false,
      async *answer({ text }) {
        asked.push(text);
        await gate.promise;
        yield 'done';
      },
    };
    const by = (id: string) => ({ author: { id, name: id, isBot: false, roleIds: [] } });
    const suspects = ['1', '2'].map((id) =>
      left({ attempts: 2, message: incomingMessage({ id: `70${id}`, text: id, ...by(id) }) }),
    );
    const { recover, handler, recipientUnder, lease, outbox } = setUp(suspects, { concurrency: 1 });
    await recover(slow);
    expect(asked).toEqual(['1']);
    const other = incomingMessage({ id: '99999', text: 'hello', ...by('3') });
    await handler.receive(recipientUnder(lease), other);
    await turns(20);
    expect(outbox.texts).toEqual(['You said: hello']);
    gate.resolve(undefined);
    await turns(20);
    expect(asked).toEqual(['1', '2']);
  });

  it('is answered when the operator wants it, whatever its age and its deaths', async () => {
    const open = left({ state: 'replay', attempts: 5, admittedAt: TOO_OLD });
    const { handler, recipientUnder, lease, outbox } = setUp([]);
    handler.replay(recipientUnder(lease), open);
    handler.replay(recipientUnder(lease), open);
    await turns(20);
    expect(outbox.texts).toEqual(['You said: hello']);
  });
});
