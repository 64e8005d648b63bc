import { AnswerError } from '../agents/agent.ts';
import type { DeliveryReason } from '../recovery/rules-discord.ts';
import { DeliveryError } from './outbox.ts';

/** What an answer failed of, for everybody who hears of it. */
export interface Failure {
  /** For the journal and the log. */
  readonly reason: string;
  /** For the user; undefined when it is about the way to the user. */
  readonly words: string | undefined;
  /** Nobody's fault: no error in the log, no reference for the user. */
  readonly expected: boolean;
}

/** What the user is told when there is nothing more to say about it. */
const GENERAL = 'Sorry, something went wrong and I could not answer.';

/** What the user is told who may have an answer already. */
const DOUBT =
  'I was interrupted while I answered this, and I cannot see whether my answer arrived. Please ask again if it did not.';

const DELIVERY_WORDS: Partial<Record<DeliveryReason, string>> = {
  'refused-by-discord': GENERAL,
  'delivery-unknown': DOUBT,
};

/** Reads an error that ended an exchange. */
export function failureOf(error: unknown): Failure {
  if (error instanceof AnswerError) return error;
  if (error instanceof DeliveryError) {
    const { reason } = error;
    return { reason, words: DELIVERY_WORDS[reason], expected: reason === 'message-gone' };
  }
  return { reason: 'agent-failed', words: GENERAL, expected: false };
}
