import type { EventSink } from '../events/host-events.ts';
import type { Lease } from '../leases/lease.ts';
import type { ExchangeObserver } from '../observability/observers/exchange-observer.ts';
import type { Admission, Journal, JournalOutage, OpenExchange, Outcome, Reply } from './journal.ts';

/** A journal that tells how far each exchange comes, once that is on record or on its way there; and counts every end. */
export class WatchedJournal implements Journal {
  readonly #journal: Journal;
  readonly #events: EventSink;
  readonly #ended: ExchangeObserver['ended'];

  constructor(journal: Journal, events: EventSink, { ended }: Pick<ExchangeObserver, 'ended'>) {
    this.#journal = journal;
    this.#events = events;
    this.#ended = ended;
  }

  get outage(): JournalOutage | undefined {
    return this.#journal.outage;
  }

  get waiting(): number {
    return this.#journal.waiting;
  }

  admit(admission: Admission, lease: Lease): Promise<boolean> {
    const admitted = this.#journal.admit(admission, lease);
    if (this.#events.isHeard) {
      onNew(admitted, () => {
        this.#tell(admission.id, admission.agentId, 'admitted');
      });
    }
    return admitted;
  }

  ignore(admission: Admission, lease: Lease): Promise<boolean> {
    const ignored = this.#journal.ignore(admission, lease);
    const { id, agentId, reason } = admission;
    onNew(ignored, () => {
      this.#ended(agentId, 'ignored', reason);
      if (this.#events.isHeard) this.#tell(id, agentId, 'ignored');
    });
    return ignored;
  }

  begin(exchangeId: string, lease: Lease): Promise<void> {
    return this.#journal.begin(exchangeId, lease);
  }

  stream(exchangeId: string, lease: Lease): Promise<void> {
    const done = this.#journal.stream(exchangeId, lease);
    if (this.#events.isHeard) this.#tellAfter(done, exchangeId, lease, 'streaming');
    return done;
  }

  reply(exchangeId: string, reply: Reply, lease: Lease): Promise<void> {
    const done = this.#journal.reply(exchangeId, reply, lease);
    if (this.#events.isHeard) this.#tellAfter(done, exchangeId, lease, 'answered');
    return done;
  }

  posted(exchangeId: string, messageIds: readonly string[], lease: Lease): void {
    this.#journal.posted(exchangeId, messageIds, lease);
  }

  finish(
    exchangeId: string,
    outcome: Outcome | { state: 'dead-letter'; reason: string },
    lease: Lease,
  ): void {
    this.#ended(lease.agentId, outcome.state, outcome.reason);
    this.#journal.finish(exchangeId, outcome, lease);
    if (this.#events.isHeard) this.#tell(exchangeId, lease.agentId, outcome.state);
  }

  putBack(exchangeId: string, lease: Lease): void {
    this.#journal.putBack(exchangeId, lease);
  }

  open(agentId: string): Promise<OpenExchange[]> {
    return this.#journal.open(agentId);
  }

  replays(agentIds: readonly string[]): Promise<OpenExchange[]> {
    return this.#journal.replays(agentIds);
  }

  flush(): Promise<void> {
    return this.#journal.flush();
  }

  #tellAfter(written: Promise<void>, exchangeId: string, { agentId }: Lease, state: string): void {
    written.then(
      () => {
        this.#tell(exchangeId, agentId, state);
      },
      () => undefined,
    );
  }

  #tell(exchangeId: string, agentId: string, state: string): void {
    this.#events.emit({ kind: 'exchange', agentId, exchangeId, state });
  }
}

/** Whoever waits for the write itself learns of its failure. */
function onNew(written: Promise<boolean>, tell: () => void): void {
  written.then(
    (isNew) => {
      if (isNew) tell();
    },
    () => undefined,
  );
}
