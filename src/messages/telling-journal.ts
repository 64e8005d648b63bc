import type { ExchangeObserver } from '../observability/observers/exchange-observer.ts';
import type { Journal } from './journal.ts';

/** This journal; what it records as an end is told as well. */
export function tellingJournal(journal: Journal, { ended }: Pick<ExchangeObserver, 'ended'>): Journal {
  return {
    admit: (...given) => journal.admit(...given),
    async ignore(admission, lease) {
      const isNew = await journal.ignore(admission, lease);
      if (isNew) ended(admission.agentId, 'ignored', admission.reason);
      return isNew;
    },
    begin: (...given) => journal.begin(...given),
    stream: (...given) => journal.stream(...given),
    reply: (...given) => journal.reply(...given),
    posted: (...given) => {
      journal.posted(...given);
    },
    finish(exchangeId, outcome, lease) {
      ended(lease.agentId, outcome.state, outcome.reason);
      journal.finish(exchangeId, outcome, lease);
    },
    putBack: (...given) => {
      journal.putBack(...given);
    },
    open: (agentId) => journal.open(agentId),
    replays: (agentIds) => journal.replays(agentIds),
    get outage() {
      return journal.outage;
    },
    get waiting() {
      return journal.waiting;
    },
    flush: () => journal.flush(),
  };
}
