import { type Lease, LeaseLostError } from '../leases/lease.ts';
import { type JournalOutage, NotRecordedError } from '../messages/journal.ts';
import { BACK_OFFS } from '../recovery/back-offs.ts';
import { type Incidents, NO_INCIDENTS } from '../recovery/incidents.ts';
import type { Logger } from '../observability/logger.ts';
import { sleep } from '../util/sleep.ts';
import { type ExchangeWrite, writeAlone, writeExchanges } from './exchange-statements.ts';
import { databaseReasonOf, isUnavailable, OUTAGES } from './database-errors.ts';
import { placeholders, type Statements, type TransactionStatements } from './statements.ts';

/** Writes in one transaction: their values are well below the 32,766 that SQLite takes. */
const MAX_BATCH = 200;

/** How long writes that nobody waits for are gathered, in milliseconds: together they touch few pages. */
const BEHIND_DELAY = 100;

/** Between two tries while the database cannot be reached. */
const RETRY = BACK_OFFS.database;

/** How often a write that nobody waits for is tried that the database refuses. */
const MAX_REFUSALS = 5;

/** A write, and who waits for it. */
interface Task {
  readonly write: ExchangeWrite;
  readonly lease: Lease;
  /** Told whether the row is the writer's; undefined: nobody waits. */
  readonly waits: PromiseWithResolvers<boolean> | undefined;
  /** Resolves once it waits no longer, or cannot be written now; undefined: nobody flushes. */
  flushed?: PromiseWithResolvers<undefined> | undefined;
  refusals: number;
}

/**
 * Writes the journal: what comes in one turn of the event loop shares a transaction, which checks the leases first. While
 * the database cannot be reached everything waits, in order.
 */
export class ExchangeWriter {
  readonly #statements: Statements;
  readonly #now: () => Date;
  readonly #logger: Logger;
  readonly #incidents: Incidents;
  #waiting: Task[] = [];
  /** Handed in when the timer ends. */
  #behind: Task[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #outageSince: Date | undefined;
  readonly #closing = new AbortController();

  constructor(statements: Statements, now: () => Date, logger: Logger, incidents: Incidents = NO_INCIDENTS) {
    this.#incidents = incidents;
    this.#statements = statements;
    this.#now = now;
    this.#logger = logger;
  }

  /** What waits while the database cannot be reached. */
  get outage(): JournalOutage | undefined {
    const since = this.#outageSince;
    return since && { since, waiting: this.waiting };
  }

  /** Writes that are not committed yet. */
  get waiting(): number {
    return this.#waiting.length + this.#behind.length;
  }

  /**
   * Resolves once it is committed, with whether the row is the writer's (see `writeExchanges`).
   *
   * @throws {LeaseLostError}
   * @throws {NotRecordedError} when the database was closed before
   */
  write(write: ExchangeWrite, lease: Lease): Promise<boolean> {
    const waits = Promise.withResolvers<boolean>();
    if (this.#closing.signal.aborted) waits.reject(closed());
    else this.#add({ write, lease, waits, refusals: 0 });
    return waits.promise;
  }

  /** Writes it soon; nobody waits. */
  writeBehind(write: ExchangeWrite, lease: Lease): void {
    this.#behind.push({ write, lease, waits: undefined, refusals: 0 });
    this.#timer ??= setTimeout(() => {
      this.#handIn();
    }, BEHIND_DELAY);
  }

  /** Resolves once everything so far is committed, or cannot be now; does not wait for what comes later. */
  async flush(): Promise<void> {
    this.#handIn();
    const last = this.#waiting.at(-1);
    if (last === undefined || this.#outageSince !== undefined) return;
    last.flushed ??= Promise.withResolvers();
    await last.flushed.promise;
  }

  /** Tries to write what waits once more, then gives it up: whoever waits is told. */
  async close(): Promise<void> {
    this.#closing.abort();
    do {
      this.#handIn();
      await this.#running;
    } while (this.#behind.length > 0);
  }

  #add(task: Task): void {
    this.#waiting.push(task);
    this.#running ??= this.#drain();
  }

  #handIn(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const behind = this.#behind;
    this.#behind = [];
    for (const task of behind) this.#add(task);
  }

  /** Never rejects. */
  async #drain(): Promise<void> {
    // One turn of the event loop: messages that came over other sockets in the same turn join the batch.
    await new Promise((resolve) => setImmediate(resolve));
    for (let wait: number = RETRY.base; this.#waiting.length > 0;) {
      const isReached = await this.#writeBatch(this.#waiting.slice(0, MAX_BATCH));
      if (isReached) {
        this.#sayWhenBack();
        wait = RETRY.base;
      } else if (this.#closing.signal.aborted) this.#giveUp();
      else {
        await sleep(wait, this.#closing.signal);
        wait = Math.min(RETRY.cap, wait * 2);
      }
    }
    this.#running = undefined;
  }

  /**
   * Writes the first of those that wait. Says whether the database was reached: then they have been told, and wait no
   * longer.
   */
  async #writeBatch(batch: readonly Task[]): Promise<boolean> {
    try {
      if (await this.#writeOne(batch)) return true;
      const written = await this.#statements.transaction(async (transaction) => {
        const present = await this.#underPresentLease(transaction, batch);
        const writes = present.map(({ write }) => write);
        const ids = await writeExchanges(transaction, this.#statements.dialect, writes, this.#now());
        return { present: new Set(present), ids };
      });
      for (const task of this.#shift(batch.length)) {
        if (written.present.has(task)) task.waits?.resolve(written.ids.has(task.write.id));
        else task.waits?.reject(new LeaseLostError(task.lease.agentId));
      }
      return true;
    } catch (error) {
      if (isUnavailable(error)) {
        this.#incidents.report('database', databaseReasonOf(error), { error });
        this.#sayWhenAway(error);
        return false;
      }
      return this.#writeEach(batch, error);
    }
  }

  /** The usual case where there is little traffic, the quickest way. False: it takes a transaction. */
  async #writeOne([task, ...more]: readonly Task[]): Promise<boolean> {
    const isAlone = task !== undefined && more.length === 0 && this.#statements.dialect.provider === 'sqlite';
    if (!isAlone || !(await writeAlone(this.#statements, task.write, task.lease, this.#now()))) return false;
    this.#shift(1);
    task.waits?.resolve(true);
    return true;
  }

  /** The database refused something of it: the others must not suffer. */
  async #writeEach(batch: readonly Task[], error: unknown): Promise<boolean> {
    const [task, ...more] = batch;
    if (task !== undefined && more.length === 0) {
      this.#refused(task, error);
      return true;
    }
    for (const one of batch) if (!(await this.#writeBatch([one]))) return false;
    return true;
  }

  #refused(task: Task, error: unknown): void {
    const reason = databaseReasonOf(error);
    const words = reason === 'schema-gone' ? 'a table that the journal needs is gone' : undefined;
    this.#incidents.report('database', reason, { error: words ?? error });
    this.#shift(1);
    if (task.waits !== undefined) {
      task.waits.reject(error);
      return;
    }
    task.refusals += 1;
    const isLast = task.refusals === MAX_REFUSALS || this.#closing.signal.aborted;
    const { kind, id: exchange } = task.write;
    const then = isLast ? 'it is given up' : 'trying again';
    this.#logger.error(`the journal refused a write; ${then}`, { error, kind, exchange });
    if (isLast) return;
    this.#behind.push(task);
    this.#timer ??= setTimeout(() => {
      this.#handIn();
    }, RETRY.cap / 2);
  }

  /** Those whose lease is the present one, which stays so until the transaction ends; a chat has none. */
  async #underPresentLease(
    transaction: TransactionStatements,
    batch: readonly Task[],
  ): Promise<readonly Task[]> {
    const agentIds = [
      ...new Set(batch.flatMap(({ lease }) => (lease.fence === undefined ? [] : [lease.agentId]))),
    ];
    if (agentIds.length === 0) return batch;
    const rows = await transaction.rows(
      `SELECT agent_id, fence FROM bot_leases WHERE agent_id IN ${placeholders(agentIds.length)} ${this.#statements.dialect.forShare}`,
      agentIds,
    );
    const fences = new Map(rows.map(({ agent_id, fence }) => [agent_id, fence]));
    return batch.filter(
      ({ lease: { agentId, fence } }) => fence === undefined || fences.get(agentId) === String(fence),
    );
  }

  /** The first of those that wait: they wait no longer. */
  #shift(count: number): Task[] {
    const shifted = this.#waiting.splice(0, count);
    tellFlushed(shifted);
    return shifted;
  }

  #giveUp(): void {
    const lost = this.#shift(this.#waiting.length);
    this.#logger.error('could not write all of the journal before the end; the next start takes it up', {
      writes: lost.length,
    });
    for (const { waits } of lost) waits?.reject(closed());
  }

  #sayWhenAway(error: unknown): void {
    if (this.#outageSince !== undefined) return;
    this.#outageSince = this.#now();
    tellFlushed(this.#waiting);
    this.#logger.error('the database cannot be reached; what comes waits for it', { error });
  }

  #sayWhenBack(): void {
    if (this.#outageSince === undefined) return;
    const seconds = Math.round((this.#now().getTime() - this.#outageSince.getTime()) / 1_000);
    this.#outageSince = undefined;
    this.#incidents.recovered('database', { reasons: OUTAGES });
    this.#logger.info('the database can be reached again', { seconds, waiting: this.#waiting.length });
  }
}

/** Whoever flushes after an outage waits anew. */
function tellFlushed(tasks: readonly Task[]): void {
  for (const task of tasks) {
    task.flushed?.resolve(undefined);
    task.flushed = undefined;
  }
}

function closed(): NotRecordedError {
  return new NotRecordedError('the journal is closed');
}
