import type { Admission, Journal, Outcome } from '../../src/messages/journal.ts';

/** A journal in memory. */
export class MemoryJournal implements Journal {
  readonly admitted: Admission[] = [];
  readonly ignored: Admission[] = [];
  readonly outcomes = new Map<string, Outcome>();
  /** Each admission is committed once this resolves. */
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

  finish(exchangeId: string, outcome: Outcome): void {
    this.outcomes.set(exchangeId, outcome);
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  /** How the exchange of a message ended; undefined while it is open. */
  outcomeOf(messageId: string): Outcome | undefined {
    const admission = this.admitted.find((candidate) => candidate.messageId === messageId);
    return admission && this.outcomes.get(admission.id);
  }

  #take({ agentId, messageId }: Admission): boolean {
    const key = `${agentId} ${messageId}`;
    if (this.#taken.has(key)) return false;
    this.#taken.add(key);
    return true;
  }
}
