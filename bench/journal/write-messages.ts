import type { Lease } from '../../src/leases/lease.ts';
import type { Journal } from '../../src/messages/journal.ts';
import { uuidV7 } from '../../src/util/uuid-v7.ts';
import { incomingMessage } from '../../test/support/incoming-message.ts';
import { quantile } from '../statistics.ts';

/** As much of the journal as a message needs whose answer arrives whole. */
export type MessageJournal = Pick<Journal, 'admit' | 'reply' | 'posted' | 'finish' | 'flush'>;

/** How long messages waited, in milliseconds. */
export interface Waits {
  readonly p50: number;
  readonly p99: number;
}

/** What came of writing down messages for a while. */
export interface JournalResult {
  /** Messages a second. */
  readonly throughput: number;
  /** Until a message was admitted. */
  readonly admit: Waits;
  /** Until its answer was on record, and could be posted. */
  readonly reply: Waits;
  /** Both: what its user waits for. */
  readonly both: Waits;
  /** This process's time for a message, all threads together, in milliseconds. */
  readonly processor: number;
}

/** Writes down one message after the other, as the host does, of each lease's agent in turn. */
export class MessageWriter {
  readonly #journal: MessageJournal;
  readonly #leases: readonly Lease[];
  #written: number;

  /** @param before - messages that others wrote down under these leases */
  constructor(journal: MessageJournal, leases: readonly Lease[], before = 0) {
    this.#journal = journal;
    this.#leases = leases;
    this.#written = before;
  }

  /** Messages that were admitted, answered and ended so far, with those before. */
  get written(): number {
    return this.#written;
  }

  /**
   * Keeps this many messages on their way for so long; resolves once all of them are committed to their end.
   *
   * @throws Error when one was not taken in
   */
  async write(together: number, seconds: number): Promise<JournalResult> {
    const waits: [admit: number, both: number][] = [];
    const before = { written: this.#written, processor: process.cpuUsage() };
    const begun = performance.now();
    const one = async (): Promise<void> => {
      while (performance.now() < begun + seconds * 1_000) waits.push(await this.#writeOne());
    };
    await Promise.all(Array.from({ length: together }, one));
    const passed = performance.now() - begun;
    // What is written behind is part of what a message costs.
    await this.#journal.flush();
    const { user, system } = process.cpuUsage(before.processor);
    const messages = this.#written - before.written;
    return {
      throughput: (messages / passed) * 1_000,
      admit: waitsOf(waits.map(([admit]) => admit)),
      reply: waitsOf(waits.map(([admit, both]) => both - admit)),
      both: waitsOf(waits.map(([, both]) => both)),
      processor: (user + system) / 1_000 / messages,
    };
  }

  async #writeOne(): Promise<[admit: number, both: number]> {
    const number = this.#written++;
    const lease = this.#leases[number % this.#leases.length];
    if (lease === undefined) throw new Error('there is no lease');
    const text = `line ${number}: what a piece of work`;
    const id = uuidV7(Date.now());
    const message = incomingMessage({ id: String(900_000_000_000_000_000n + BigInt(number)), text });
    const { agentId } = lease;
    const from = performance.now();
    const isNew = await this.#journal.admit({ id, agentId, reason: 'mention', message, begun: true }, lease);
    if (!isNew) throw new Error(`message ${message.id} was not taken in`);
    const admitted = performance.now() - from;
    await this.#journal.reply(id, { pieces: [text], ending: 'delivered' }, lease);
    const answered = performance.now() - from;
    this.#journal.posted(id, [message.id], lease);
    this.#journal.finish(id, { state: 'delivered' }, lease);
    return [admitted, answered];
  }
}

function waitsOf(values: readonly number[]): Waits {
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99) };
}
