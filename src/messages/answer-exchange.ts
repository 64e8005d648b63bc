import { AnswerError } from '../agents/agent.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import type { ExchangeObserver } from '../observability/observers/exchange-observer.ts';
import type { Incidents } from '../recovery/incidents.ts';
import { POLICY, type ReasonOf } from '../recovery/policy.ts';
import type { AnswerMessages } from './answer-messages.ts';
import { deliver, type DeliveryTools, isOver } from './deliver.ts';
import { EmptyAnswerError } from './empty-answer-error.ts';
import type { Exchange } from './exchange.ts';
import { failureOf } from './failure.ts';
import { failurePieces, referenceOf } from './failure-pieces.ts';
import { harmlessText } from './harmless/harmless-text.ts';
import { DeliveryError } from './outbox.ts';
import { questionOf } from './question-of.ts';
import { type GrowingTools, showGrowing } from './show-growing.ts';
import { splitMessage } from './split/split-message.ts';
import { showTyping } from './typing.ts';

/** What {@link answerExchange} works with. */
export interface AnswerTools extends GrowingTools, DeliveryTools {
  /** Its lines carry the agent, the message and the exchange. */
  readonly logger: Logger;
  /** Told what of an answer took how long. */
  readonly observer: Pick<ExchangeObserver, 'took'>;
}

/**
 * Has the agent answer and shows what it says, or tells its user when that fails; then records how it ended.
 * Never rejects. When `signal` aborts, nothing more is posted and the exchange stays open in the journal.
 *
 * @param messages - those of the answer; what was posted for it before is in there
 */
export async function answerExchange(
  exchange: Exchange,
  tools: AnswerTools,
  signal: AbortSignal,
  messages: AnswerMessages,
): Promise<void> {
  const { logger, now, observer } = tools;
  const began = now();
  try {
    // What an earlier process showed stands there already: it is edited once, to the end.
    const grows = exchange.recipient.agent.streams && exchange.earlier === undefined;
    const pieces = grows
      ? await showGrowing(exchange, tools, messages, signal)
      : await wholeAnswer(exchange, tools, signal);
    const answered = now();
    observer.took('model', answered - began);
    await deliverWhole(exchange, pieces, messages, tools, signal);
    observer.took('delivery', now() - answered);
    logger.debug('answered');
  } catch (error) {
    if (isOver(error, signal)) leave(exchange, error, logger);
    else await endAsFailed(exchange, tools, messages, error, logger, signal);
  }
}

/** What stands before an answer that could not grow any further. */
const WHOLE = '-# I could not go on in the message above; this is the whole answer.';

/**
 * Delivers a complete answer. Where Discord refuses to have what was shown edited, it is posted whole below that: what was
 * shown stays, and is on record as the first piece, so that nothing is posted twice.
 */
async function deliverWhole(
  exchange: Exchange,
  pieces: readonly string[],
  messages: AnswerMessages,
  tools: AnswerTools,
  signal: AbortSignal,
): Promise<void> {
  const { incidents, maxMessageLength } = tools;
  const { agentId } = exchange.recipient;
  try {
    await deliver(exchange, { pieces, ending: 'delivered' }, messages, tools, signal);
  } catch (error) {
    const isRefused = error instanceof DeliveryError && error.reason === 'refused-by-discord';
    const isFirst = messages.shown.length === 1 && exchange.earlier === undefined;
    if (!isRefused || !messages.hasFailedEdit || !isFirst) throw error;
    const whole = splitMessage(`${WHOLE}\n${pieces.join('\n')}`, maxMessageLength);
    const reply = { pieces: [...messages.shown, ...whole], ending: 'delivered' } as const;
    await deliver(exchange, reply, messages, tools, signal);
    incidents.report('delivery', 'edit-refused', { agentId, error, helped: true });
  }
}

/** Delivers what could not be delivered, or be answered, as a failure, as well as it can be done. Never rejects. */
export async function endAsFailed(
  exchange: Exchange,
  tools: DeliveryTools & Pick<AnswerTools, 'maxMessageLength'>,
  messages: AnswerMessages,
  error: unknown,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { exchangeId, recipient, span } = exchange;
  const { journal, maxMessageLength } = tools;
  const failure = failureOf(error);
  const { reason, expected } = failure;
  const reference = referenceOf(exchangeId);
  logger[expected ? 'info' : 'error']('could not answer a message', { error, reason, reference });
  if (!expected) span?.fail(error, reason);
  span?.set({ 'troupe.outcome': 'failed', 'troupe.reason': reason });
  reportFailure(error, recipient.agentId, tools.incidents);
  const pieces = failurePieces(messages, error, failure, exchangeId, maxMessageLength);
  try {
    if (pieces === undefined) journal.finish(exchangeId, { state: 'failed', reason }, recipient.lease);
    else await deliver(exchange, { pieces, ending: 'failed', reason }, messages, tools, signal);
  } catch (notTold) {
    if (isOver(notTold, signal)) {
      leave(exchange, notTold, logger);
      return;
    }
    logger.error('could not tell the user either', { reason: messageOf(notTold) });
    journal.finish(exchangeId, { state: 'failed', reason }, recipient.lease);
  }
}

/** Tells of an answer that failed, unless whoever failed has told of it, or it is nobody's fault. */
function reportFailure(error: unknown, agentId: string, incidents: Incidents): void {
  if (error instanceof DeliveryError) incidents.report('delivery', error.reason, { agentId, error });
  else if (!(error instanceof AnswerError)) incidents.report('answer', 'agent-failed', { agentId, error });
  else if (!error.expected && isOwnReason(error.reason)) {
    incidents.report('answer', error.reason, { agentId, error });
  }
}

function isOwnReason(reason: string): reason is ReasonOf<'answer'> {
  return Object.hasOwn(POLICY.answer, reason);
}

/** Says why this process leaves an exchange alone. */
function leave({ span }: Exchange, error: unknown, logger: Logger): void {
  span?.set({ 'troupe.outcome': 'left-open' });
  logger.debug('left an exchange as it is', { reason: messageOf(error) });
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
