import type { EventSink } from '../events/host-events.ts';
import type { Lease } from '../leases/lease.ts';
import type { Admission, Journal, JournalOutage, OpenExchange, Outcome, Reply } from './journal.ts';

/** A journal that tells how far each exchange comes, once that is on record or on its way there. */
export class WatchedJournal implements Journal {
  readonly #journal: Journal;
  readonly #events: EventSink;

  constructor(journal: Journal, events: EventSink) {
    this.#journal = journal;
    this.#events = events;
  }

  get outage(): JournalOutage | undefined {
    return this.#journal.outage;
  }

  get waiting(): number {
    return this.#journal.waiting;
  }

  admit(admission: Admission, lease: Lease): Promise<boolean> {
    const admitted = this.#journal.admit(admission, lease);
    if (this.#events.isHeard) this.#tellIf(admitted, admission, 'admitted');
    return admitted;
  }

  ignore(admission: Admission, lease: Lease): Promise<boolean> {
    const ignored = this.#journal.ignore(admission, lease);
    if (this.#events.isHeard) this.#tellIf(ignored, admission, 'ignored');
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

  /** Whoever waits for the write itself learns of its failure. */
  #tellIf(written: Promise<boolean>, { id, agentId }: Admission, state: string): void {
    written.then(
      (isNew) => {
        if (isNew) this.#tell(id, agentId, state);
      },
      () => undefined,
    );
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
