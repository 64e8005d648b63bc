import type { Lease } from '../../src/leases/lease.ts';
import type { IncomingMessage } from '../../src/messages/incoming-message.ts';
import type { Admission, Journal, OpenExchange, Outcome, Reply } from '../../src/messages/journal.ts';

type End = Outcome | { readonly state: 'dead-letter'; readonly reason: string };

/** What the journal was told of an exchange, besides how it ended. */
type Step = 'begin' | 'stream' | 'reply' | 'posted' | 'put-back' | 'finish';

/** A journal in memory. */
export class MemoryJournal implements Journal {
  readonly admitted: Admission[] = [];
  readonly ignored: Admission[] = [];
  readonly outcomes = new Map<string, End>();
  /** What is to be posted, by exchange. */
  readonly replies = new Map<string, Reply>();
  /** What it was told, in order. */
  readonly steps: { readonly step: Step; readonly id: string }[] = [];
  /** What earlier processes left open. */
  left: OpenExchange[] = [];
  outage: Journal['outage'];
  waiting = 0;
  /** Everything that somebody waits for is committed once this resolves. */
  commit: () => Promise<void> = () => Promise.resolve();
  readonly #taken = new Set<string>();

  async admit(admission: Admission): Promise<boolean> {
    await this.commit();
    if (!this.#take(admission)) return false;
    this.admitted.push(admission);
    return true;
  }

  ignore(admission: Admission): Promise<boolean> {
    const isNew = this.#take(admission);
    if (isNew) this.ignored.push(admission);
    return Promise.resolve(isNew);
  }

  begin(id: string): Promise<void> {
    return this.#step('begin', id);
  }

  stream(id: string): Promise<void> {
    return this.#step('stream', id);
  }

  async reply(id: string, reply: Reply): Promise<void> {
    await this.#step('reply', id);
    this.replies.set(id, reply);
  }

  posted(id: string): void {
    this.steps.push({ step: 'posted', id });
  }

  putBack(id: string): void {
    this.steps.push({ step: 'put-back', id });
  }

  finish(id: string, outcome: End): void {
    this.steps.push({ step: 'finish', id });
    this.outcomes.set(id, outcome);
  }

  open(agentId: string): Promise<OpenExchange[]> {
    return Promise.resolve(this.left.filter((exchange) => exchange.agentId === agentId));
  }

  replays(agentIds: readonly string[]): Promise<OpenExchange[]> {
    return Promise.resolve(
      this.left.filter(({ agentId, state }) => state === 'replay' && agentIds.includes(agentId)),
    );
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  /** How the exchange of a message ended; undefined while it is open. */
  outcomeOf(messageId: string): End | undefined {
    const id = this.admitted.find(({ message }) => message.id === messageId)?.id;
    return id === undefined ? undefined : this.outcomes.get(id);
  }

  async #step(step: Step, id: string): Promise<void> {
    await this.commit();
    this.steps.push({ step, id });
  }

  #take({ agentId, message }: { agentId: string; message: IncomingMessage; lease?: Lease }): boolean {
    const key = `${agentId} ${message.id}`;
    if (this.#taken.has(key)) return false;
    this.#taken.add(key);
    return true;
  }
}
