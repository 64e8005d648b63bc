import type { Journal, Outcome } from '../../messages/journal.ts';

/** What became of a message. */
export interface ExchangeEnd {
  readonly exchangeId: string | undefined;
  readonly state: Outcome['state'] | 'ignored' | 'dead-letter';
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
    get outage() {
      return journal.outage;
    },
    get waiting() {
      return journal.waiting;
    },
    async admit(admission, lease) {
      const { id, reason } = admission;
      const messageId = admission.message.id;
      open.set(id, { messageId, reason });
      const admitted = await journal.admit(admission, lease);
      if (!admitted) {
        open.delete(id);
        onEnd(messageId, { exchangeId: undefined, state: 'ignored', reason: 'taken-up-before' });
      }
      return admitted;
    },
    async ignore(admission, lease) {
      const isNew = await journal.ignore(admission, lease);
      const { id: exchangeId, message, reason } = admission;
      onEnd(message.id, { exchangeId, state: 'ignored', reason });
      return isNew;
    },
    begin: (id, lease) => journal.begin(id, lease),
    stream: (id, lease) => journal.stream(id, lease),
    reply: (id, reply, lease) => journal.reply(id, reply, lease),
    posted: (id, messageIds, lease) => {
      journal.posted(id, messageIds, lease);
    },
    putBack: (id, lease) => {
      journal.putBack(id, lease);
    },
    open: (agentId) => journal.open(agentId),
    replays: (agentIds) => journal.replays(agentIds),
    finish(exchangeId, outcome, lease) {
      journal.finish(exchangeId, outcome, lease);
      const admitted = open.get(exchangeId);
      open.delete(exchangeId);
      if (admitted === undefined) return;
      const { state, reason = admitted.reason } = outcome;
      onEnd(admitted.messageId, { exchangeId, state, reason });
    },
    flush: () => journal.flush(),
  };
}
