import type { RetentionDays } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';
import { logDefects, type PartWatch } from '../util/part-watch.ts';
import { repeat, type Repeating } from '../util/repeat.ts';
import { sleep } from '../util/sleep.ts';
import { planSweep, type SweepTask } from './plan-sweep.ts';
import type { Perishable, RetentionStore } from './retention-store.ts';

/** When a {@link RetentionSweeper} works, in milliseconds. */
export interface SweepTiming {
  /** From the start to the first sweep. */
  readonly first: number;
  /** From the end of one sweep to the next. */
  readonly interval: number;
  /** Between two steps, so that whoever answers gets in between. */
  readonly pause: number;
}

/** What a {@link RetentionSweeper} works with. */
export interface RetentionSweeperTools {
  readonly store: RetentionStore;
  /** What is set now. */
  readonly retention: () => RetentionDays;
  readonly logger: Logger;
  /** Puts on record what was deleted, but for housekeeping. */
  readonly record: (what: Perishable, rows: number) => Promise<void>;
  readonly now: () => Date;
  readonly timing: SweepTiming;
  /** Hears how it fares. Default: defects are logged. */
  readonly watch?: PartWatch;
}

/** Of no interest to anybody, and a little of it every hour. */
const HOUSEKEEPING: ReadonlySet<Perishable> = new Set([
  'identifies',
  'commands to bots',
  'leftovers of deleted agents',
]);

/** Deletes in the background what has been kept for long enough, a little at a time. */
export class RetentionSweeper {
  readonly #tools: RetentionSweeperTools;
  readonly #watch: PartWatch;
  readonly #stopping = new AbortController();
  #sweeping: Repeating | undefined;

  constructor(tools: RetentionSweeperTools) {
    this.#tools = tools;
    this.#watch = tools.watch ?? logDefects('retention', tools.logger);
  }

  /** Begins; returns at once. */
  start(): void {
    const { timing } = this.#tools;
    let wait = timing.first;
    this.#sweeping ??= repeat(
      async () => {
        await this.#sweep();
        wait = timing.interval;
      },
      () => wait,
      { watch: this.#watch },
    );
  }

  /** Deletes no more; resolves once the step that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#sweeping?.stop();
  }

  /** Whatever fails is tried the next time, and keeps nothing else from being deleted. */
  async #sweep(): Promise<void> {
    const { retention, logger, record, now } = this.#tools;
    let hasFailed = false;
    for (const task of planSweep(retention(), now())) {
      if (this.#stopping.signal.aborted) return;
      const { what } = task;
      try {
        const deleted = await this.#delete(task);
        if (deleted === 0) continue;
        logger.info('deleted what was kept for long enough', { what, rows: deleted });
        if (!HOUSEKEEPING.has(what)) await record(what, deleted);
      } catch (error) {
        logger.warn('could not delete what was kept for long enough; trying again later', { what, error });
        hasFailed = true;
        this.#watch.failed(error);
      }
    }
    if (!hasFailed) this.#watch.worked();
  }

  async #delete({ what, before }: SweepTask): Promise<number> {
    const { store, timing } = this.#tools;
    const { signal } = this.#stopping;
    let deleted = 0;
    for await (const rows of store.sweep(what, before)) {
      deleted += rows;
      await sleep(timing.pause, signal);
      if (signal.aborted) break;
    }
    return deleted;
  }
}
