import type { OpenExchange } from '../journal.ts';

/** What is to be done about an exchange that another process left open. */
export type RecoveryStep =
  /** The agent answers it, as if it had come now. */
  | 'answer'
  /** What was to be posted is posted, as far as it is not there yet. */
  | 'deliver'
  /** It is too old: its user is told. */
  | 'expire'
  /** Processes died of it: its user is told, and the operator sees it. */
  | 'set-aside';

/** Deaths during the work on an exchange after which it is set aside. */
export const MAX_DEATHS = 3;

/**
 * Decides about an exchange that is open.
 *
 * @param now - milliseconds
 * @param window - how old a message may be to be answered, in milliseconds
 */
export function planRecovery(
  { state, attempts, reply, admittedAt }: OpenExchange,
  now: number,
  window: number,
): RecoveryStep {
  // The operator knows how old it is, and what happened.
  if (state === 'replay') return 'answer';
  if (reply?.ending === 'dead-letter') return 'deliver';
  if (attempts >= MAX_DEATHS) return 'set-aside';
  if (reply !== undefined) return 'deliver';
  return now - admittedAt.getTime() > window ? 'expire' : 'answer';
}

/** Whether an exchange may be what processes die of: such are worked on one at a time, so as to clear the others. */
export function isSuspect({ attempts, state }: OpenExchange): boolean {
  return attempts >= MAX_DEATHS - 1 && state !== 'replay';
}
