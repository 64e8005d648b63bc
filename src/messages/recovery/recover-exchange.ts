import { inSpan } from '../../observability/tracing.ts';
import type { AnswerTools } from '../answer-exchange.ts';
import { answerExchange, endAsFailed } from '../answer-exchange.ts';
import { AnswerMessages } from '../answer-messages.ts';
import { beginExchange, deliver, DoubtError, finishWith, isOver } from '../deliver.ts';
import type { Exchange } from '../exchange.ts';
import { withNotice } from '../failure-pieces.ts';
import type { OpenExchange, Reply } from '../journal.ts';
import { isNonceAlive } from '../nonce.ts';
import { isUnreachable, type PostedMessage } from '../outbox.ts';
import { locatePosted } from './locate-posted.ts';
import { planRecovery } from './plan-recovery.ts';

/** What {@link recoverExchange} works with. */
export interface RecoveryTools extends AnswerTools {
  readonly now: () => number;
  /** How old a message may be to be answered, in milliseconds. */
  readonly recoveryWindow: number;
}

/** What users read about messages that were left open. */
export const RECOVERY_WORDS = {
  expired: 'Sorry, I was away and did not get to answer this. Please ask again if it still matters.',
  cut: 'I was interrupted here and did not get to finish this answer. Please ask again if it still matters.',
  setAside: 'Sorry, something goes wrong each time I try to answer this. Those who run me can see it.',
} as const;

/** Why an exchange was set aside. */
const DEATHS = 'deaths-of-the-process';

/** Between two looks while Discord does not answer, in milliseconds. */
const LOOK_INTERVAL = 15_000;

/**
 * Brings an exchange that another process left open to its end: one answer or one visible failure, and nothing of it
 * twice. Never rejects. When `signal` aborts, it stays open in the journal.
 */
export async function recoverExchange(
  exchange: Exchange & { readonly earlier: OpenExchange },
  tools: RecoveryTools,
  signal: AbortSignal,
): Promise<void> {
  const { exchangeId, earlier } = exchange;
  const { journal, logger } = tools;
  const messages = new AnswerMessages(exchange, tools, signal);
  try {
    const step = planRecovery(earlier, tools.now(), tools.recoveryWindow);
    logger.info('finishing what was left open', { step, state: earlier.state, attempts: earlier.attempts });
    await beginExchange(exchange, journal);
    const posted = await look(exchange, tools, signal);
    if (posted === undefined) {
      messages.stopLooking();
      if (!isNotice(earlier.reply)) throw new DoubtError();
      // Whether it arrived cannot be told either, and it is said once.
      exchange.span?.set({ 'troupe.outcome': earlier.reply.ending, 'troupe.reason': earlier.reply.reason });
      finishWith(exchangeId, earlier.reply, exchange.recipient.lease, journal);
      return;
    }
    messages.adopt(posted, !mayBeUnknown(earlier, tools.now()));
    if (step === 'answer') await answerExchange(exchange, tools, signal, messages);
    else await deliver(exchange, replyFor(step, exchange, posted, tools), messages, tools, signal);
  } catch (error) {
    if (!isOver(error, signal)) await endAsFailed(exchange, tools, messages, error, logger, signal);
  }
}

/** Looks until Discord says what there is. */
async function look(
  exchange: Exchange & { readonly earlier: OpenExchange },
  { now, sleep, recoveryWindow }: RecoveryTools,
  signal: AbortSignal,
): Promise<readonly PostedMessage[] | undefined> {
  const { posted, reply, answeredAt } = exchange.earlier;
  const traces = { questionId: exchange.message.id, posted, pieces: reply?.pieces };
  const began = now();
  for (;;) {
    try {
      return await inSpan(exchange.span, 'discord look', { kind: 'client' }, () =>
        locatePosted(exchange, traces, answeredAt, now(), signal),
      );
    } catch (error) {
      if (!isUnreachable(error) || now() - began > recoveryWindow) throw error;
      await sleep(LOOK_INTERVAL, signal);
      signal.throwIfAborted();
    }
  }
}

/** What is posted where no agent is asked any more. */
function replyFor(
  step: 'deliver' | 'expire' | 'set-aside',
  { earlier }: { readonly earlier: OpenExchange },
  posted: readonly PostedMessage[],
  { now, recoveryWindow, maxMessageLength }: RecoveryTools,
): Reply {
  const { reply, admittedAt } = earlier;
  const shown = posted.map(({ text }) => text ?? '');
  if (step === 'set-aside') {
    const pieces = below(shown, RECOVERY_WORDS.setAside, RECOVERY_WORDS.setAside, maxMessageLength);
    return { pieces, ending: 'dead-letter', reason: DEATHS };
  }
  const isOld = now() - admittedAt.getTime() > recoveryWindow;
  // An answer of which nothing arrived is too late like any other.
  const isUnsent = isOld && posted.length === 0 && !mayBeUnknown(earlier, now());
  if (reply !== undefined && !(isUnsent && reply.ending === 'delivered')) return reply;
  const pieces = below(shown, RECOVERY_WORDS.expired, RECOVERY_WORDS.cut, maxMessageLength);
  return { pieces, ending: 'expired', reason: 'too-old' };
}

/** Whether something may have been posted that nobody has looked for, since Discord knows it by its nonce. */
function mayBeUnknown({ answeredAt }: OpenExchange, now: number): boolean {
  return answeredAt !== undefined && isNonceAlive(answeredAt.getTime(), now);
}

/** A notice alone where nothing is shown, else below that. */
function below(shown: readonly string[], alone: string, behind: string, limit: number): readonly string[] {
  return shown.length === 0 ? [alone] : withNotice(shown, behind, limit);
}

/** Whether it is a word about an answer that there is none, not an answer. */
function isNotice(reply: Reply | undefined): reply is Reply {
  return reply !== undefined && reply.ending !== 'delivered';
}
