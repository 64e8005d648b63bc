import { messageOf } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { AnswerMessages } from './answer-messages.ts';
import { EmptyAnswerError } from './empty-answer-error.ts';
import type { Exchange } from './exchange.ts';
import { failureOf } from './failure.ts';
import { harmlessText } from './harmless/harmless-text.ts';
import type { Journal } from './journal.ts';
import { questionOf } from './question-of.ts';
import { type GrowingTools, showGrowing } from './show-growing.ts';
import { splitMessage } from './split/split-message.ts';
import { referenceOf, tellFailure } from './tell-failure.ts';
import { showTyping } from './typing.ts';

/** What {@link answerExchange} works with. */
export interface AnswerTools extends GrowingTools {
  readonly journal: Journal;
  readonly logger: Logger;
}

/**
 * Has the agent answer and shows what it says, or tells its user when that fails; then records how it ended.
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
  const messages = new AnswerMessages(exchange, signal);
  try {
    if (exchange.recipient.agent.streams) await showGrowing(exchange, tools, messages, signal);
    else await messages.show(await wholeAnswer(exchange, tools, signal));
    journal.finish(exchangeId, { state: 'delivered' });
    logger.debug('answered');
  } catch (error) {
    if (signal.aborted) return;
    const failure = failureOf(error);
    const { reason } = failure;
    const level = failure.expected ? 'info' : 'error';
    logger[level]('could not answer a message', { error, reason, reference: referenceOf(exchangeId) });
    if (!(await tell(exchange, tools, messages, error, logger, signal))) return;
    journal.finish(exchangeId, { state: 'failed', reason });
  }
}

/** Tells the user as well as it can be done. Says whether that is over, not cut short by the signal. */
async function tell(
  exchange: Exchange,
  { maxMessageLength }: AnswerTools,
  messages: AnswerMessages,
  error: unknown,
  logger: Logger,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await tellFailure(exchange, messages, error, failureOf(error), maxMessageLength);
  } catch (notTold) {
    if (signal.aborted) return false;
    logger.error('could not tell the user either', { reason: messageOf(notTold) });
  }
  return true;
}

/** The pieces of the whole answer. Typing shows meanwhile. */
async function wholeAnswer(
  exchange: Exchange,
  { redact, maxMessageLength }: AnswerTools,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { recipient, message } = exchange;
  const typing = showTyping(recipient.outbox, message.channelId);
  let answer = '';
  try {
    for await (const text of recipient.agent.answer(questionOf(exchange), signal)) answer += text;
  } finally {
    await typing.stop();
  }
  const pieces = splitMessage(harmlessText(answer, redact), maxMessageLength);
  if (pieces.length === 0) throw new EmptyAnswerError();
  return pieces;
}
