import { AnswerError } from '../agents/agent.ts';
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

/** Reads an error that ended an exchange. */
export function failureOf(error: unknown): Failure {
  if (error instanceof AnswerError) return error;
  if (error instanceof DeliveryError) {
    const words = error.reason === 'refused-by-discord' ? GENERAL : undefined;
    return { reason: error.reason, words, expected: error.reason === 'message-gone' };
  }
  return { reason: 'agent-failed', words: GENERAL, expected: false };
}
