import { expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import { withoutLease } from '../../src/leases/lease.ts';
import type { OpenExchange } from '../../src/messages/journal.ts';
import { MessageHandler } from '../../src/messages/message-handler.ts';
import type { Recipient } from '../../src/messages/recipient.ts';
import { Recipients, takeUpReplays } from '../../src/messages/recipients.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { incomingMessage } from '../support/incoming-message.ts';
import { MemoryJournal } from '../support/memory-journal.ts';
import { RecordingOutbox } from '../support/recording-outbox.ts';
import { turns } from '../support/turns.ts';

function recipientOf(
  agentId: string,
  parts: Partial<Recipient> = {},
): Recipient & { outbox: RecordingOutbox } {
  return {
    agentId,
    definition: agentDefinitionSchema.parse({ name: agentId }),
    agent: {
      streams: false,
      // eslint-disable-next-line @typescript-eslint/require-await
      async *answer({ text }) {
        yield text;
      },
    },
    lease: withoutLease(agentId),
    botUserId: '5',
    reader: {
      download: () => Promise.reject(new Error('there is no file')),
      messagesBefore: () => Promise.resolve([]),
      lastMessage: () => Promise.resolve(undefined),
      messagesFrom: () => Promise.resolve([]),
    },
    ...parts,
    outbox: new RecordingOutbox(),
  };
}

function replayed(agentId: string, messageId: string): OpenExchange {
  return {
    id: `01900000-0000-7000-8000-${messageId.padStart(12, '0')}`,
    agentId,
    message: incomingMessage({ id: messageId, text: `answer ${messageId}` }),
    state: 'replay',
    attempts: 0,
    reply: { pieces: ['sorry'], ending: 'dead-letter' },
    posted: [],
    admittedAt: new Date(0),
    answeredAt: undefined,
  };
}

function setUp(left: readonly OpenExchange[]) {
  const journal = new MemoryJournal();
  journal.left = [...left];
  const logger = collectingLogger();
  const handler = new MessageHandler({ journal, logger, now: Date.now, maxMessageLength: 2_000 });
  const takeUp = async (...recipients: readonly Recipient[]): Promise<void> => {
    await takeUpReplays({ journal, handler, recipients, logger });
  };
  const textsOf = ({ outbox }: { outbox: RecordingOutbox }): string[] => outbox.posts.map(({ text }) => text);
  return { journal, logger, handler, takeUp, textsOf };
}

it('has each bot answer what is to be answered after all, and no other', async () => {
  const { takeUp, textsOf } = setUp([replayed('one', '1'), replayed('two', '2'), replayed('three', '3')]);
  const [one, two] = [recipientOf('one'), recipientOf('two')];
  await takeUp(one, two);
  await turns(50);
  expect([textsOf(one), textsOf(two)]).toEqual([['answer 1'], ['answer 2']]);
});

it('takes one up once that waits behind another of its user, however often it is asked for', async () => {
  const { takeUp, textsOf, journal } = setUp([replayed('one', '1'), replayed('one', '2')]);
  const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<undefined>();
  const one = recipientOf('one', {
    agent: {
      streams: false,
      async *answer({ text }) {
        await mayAnswer;
        yield text;
      },
    },
  });
  await takeUp(one);
  await turns(20);
  await takeUp(one);
  await takeUp(one);
  journal.left = [];
  answer(undefined);
  await turns(100);
  expect(textsOf(one)).toEqual(['answer 1', 'answer 2']);
  expect(journal.steps.filter(({ step }) => step === 'begin')).toHaveLength(2);
});

it('survives a journal that cannot be read, and says so', async () => {
  const { takeUp, journal, logger } = setUp([]);
  journal.replays = () => Promise.reject(new Error('gone'));
  await takeUp(recipientOf('one'));
  expect(logger.lines).toContainEqual(expect.objectContaining({ level: 'warn', reason: 'gone' }));
});

it('knows each bot as its last connection knows it, until its lease is over', () => {
  const recipients = new Recipients();
  const controller = new AbortController();
  const lease = { ...withoutLease('one'), signal: controller.signal };
  const [earlier, later, other] = [recipientOf('one'), recipientOf('one', { lease }), recipientOf('two')];
  for (const recipient of [earlier, later, other]) recipients.add(recipient);
  expect(recipients.live()).toEqual([later, other]);
  controller.abort();
  expect(recipients.live()).toEqual([other]);
});
