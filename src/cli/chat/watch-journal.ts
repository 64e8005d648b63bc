import type { Journal } from '../../messages/journal.ts';

/** What became of a message. */
export interface ExchangeEnd {
  readonly exchangeId: string | undefined;
  readonly state: 'delivered' | 'failed' | 'ignored';
  /** Why it was answered, or not, as the exchanges table has it. */
  readonly reason: string;
}

/**
 * The same journal, which tells what becomes of messages.
 *
 * @param onEnd - called once for each message that was handed in; a user may be told right after
 */
export function watchJournal(
  journal: Journal,
  onEnd: (messageId: string, end: ExchangeEnd) => void,
): Journal {
  const open = new Map<string, { readonly messageId: string; readonly reason: string }>();
  return {
    async admit(admission) {
      const { id, messageId, reason } = admission;
      open.set(id, { messageId, reason });
      const admitted = await journal.admit(admission);
      if (!admitted) {
        open.delete(id);
        onEnd(messageId, { exchangeId: undefined, state: 'ignored', reason: 'taken-up-before' });
      }
      return admitted;
    },
    async ignore(admission) {
      const isNew = await journal.ignore(admission);
      const { id: exchangeId, messageId, reason } = admission;
      onEnd(messageId, { exchangeId, state: 'ignored', reason });
      return isNew;
    },
    finish(exchangeId, outcome) {
      journal.finish(exchangeId, outcome);
      const admitted = open.get(exchangeId);
      open.delete(exchangeId);
      if (admitted === undefined) return;
      const { state, reason = admitted.reason } = outcome;
      onEnd(admitted.messageId, { exchangeId, state, reason });
    },
    flush: () => journal.flush(),
  };
}
