import type { Question } from '../agents/agent.ts';
import { messageOf, TroupeError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import type { IncomingMessage } from './incoming-message.ts';
import type { Journal } from './journal.ts';
import type { Recipient } from './recipient.ts';
import { nonceOf } from './nonce.ts';
import { DeliveryError } from './outbox.ts';
import { splitMessage } from './split-message.ts';
import { showTyping } from './typing.ts';

/** An admitted message on its way to an answer. */
export interface Exchange {
  readonly recipient: Recipient;
  readonly message: IncomingMessage;
  readonly exchangeId: string;
}

/** What {@link answerExchange} works with. */
export interface AnswerTools {
  readonly journal: Journal;
  readonly logger: Logger;
  readonly maxMessageLength: number;
}

/** The agent had nothing to say. */
class EmptyAnswerError extends TroupeError {
  override readonly name = 'EmptyAnswerError';
}

/**
 * Has the agent answer and delivers what it says, or one short notice when it fails; then records how it ended.
 * Never rejects. When `signal` aborts, nothing more is posted and the exchange stays open in the journal.
 */
export async function answerExchange(
  exchange: Exchange,
  tools: AnswerTools,
  signal: AbortSignal,
): Promise<void> {
  const { journal } = tools;
  const { exchangeId } = exchange;
  const logger = tools.logger.child({ exchange: exchangeId });
  try {
    const answer = await askAgent(exchange, signal);
    await deliver(exchange, splitMessage(answer, tools.maxMessageLength), signal);
    journal.finish(exchangeId, { state: 'delivered' });
    logger.debug('answered');
  } catch (error) {
    if (signal.aborted) return;
    const reason = error instanceof DeliveryError ? error.reason : 'agent-failed';
    logger.error('could not answer a message', { error, reason, reference: referenceOf(exchangeId) });
    if (mayTellUser(error)) await deliverNotice(exchange, logger, signal);
    journal.finish(exchangeId, { state: 'failed', reason });
  }
}

/** Whether a notice can be expected to arrive: not where the answer could not be posted for want of a way. */
function mayTellUser(error: unknown): boolean {
  return !(error instanceof DeliveryError) || error.reason === 'refused-by-discord';
}

/** The number of the notice among the pieces of an answer: its nonce must be no piece's. */
const NOTICE = 999;

/** What the user and the log both have, to find one with the other. */
export function referenceOf(exchangeId: string): string {
  return exchangeId.slice(-8);
}

/** The whole answer. Typing shows meanwhile. */
async function askAgent({ recipient, message, exchangeId }: Exchange, signal: AbortSignal): Promise<string> {
  const question: Question = {
    exchangeId,
    text: message.text,
    user: { id: message.author.id, name: message.author.name },
    place: { guildId: message.guildId, channelId: message.channelId },
  };
  const typing = showTyping(recipient.outbox, message.channelId);
  try {
    let answer = '';
    for await (const text of recipient.agent.answer(question, signal)) answer += text;
    if (answer.trim() === '') throw new EmptyAnswerError('the agent gave an empty answer');
    return answer;
  } finally {
    await typing.stop();
  }
}

/** The first piece replies to the message; the others follow it. */
async function deliver(exchange: Exchange, pieces: readonly string[], signal: AbortSignal): Promise<void> {
  const { recipient, message, exchangeId } = exchange;
  for (const [index, text] of pieces.entries()) {
    signal.throwIfAborted();
    await recipient.outbox.post({
      channelId: message.channelId,
      text,
      nonce: nonceOf(exchangeId, index),
      replyTo: index === 0 ? message.id : undefined,
    });
  }
}

async function deliverNotice(exchange: Exchange, logger: Logger, signal: AbortSignal): Promise<void> {
  const text = `Sorry, something went wrong and I could not answer. (Reference: ${referenceOf(exchange.exchangeId)})`;
  const { recipient, message, exchangeId } = exchange;
  try {
    signal.throwIfAborted();
    const nonce = nonceOf(exchangeId, NOTICE);
    await recipient.outbox.post({ channelId: message.channelId, text, nonce, replyTo: message.id });
  } catch (error) {
    logger.error('could not tell the user either', { reason: messageOf(error) });
  }
}
