import type { AgentRecord } from '../agents/agent-record.ts';
import type { Logger } from '../observability/logger.ts';
import { logDefects, type PartWatch } from '../util/part-watch.ts';
import { repeat, type Repeating } from '../util/repeat.ts';
import type { SyncPlan } from './plan-sync.ts';

/** What the scheduler works with. */
export interface SchedulerTools {
  /** Reads the agents table. */
  readonly listAgents: () => Promise<AgentRecord[]>;
  /** Brings the pool in line with it. */
  readonly sync: (agents: readonly AgentRecord[]) => Promise<SyncPlan>;
  readonly logger: Logger;
  /** Between the end of one poll and the begin of the next, in milliseconds; asked for after each poll. */
  readonly interval: () => number;
  /** Hears how it fares. Default: defects are logged. */
  readonly watch?: PartWatch;
}

/** Keeps the pool in step with the agents table: polls it, one poll after the other, never two at once. */
export class Scheduler {
  readonly #tools: SchedulerTools;
  readonly #watch: PartWatch;
  #polling: Repeating | undefined;
  /** The poll that is under way. */
  #running: Promise<void> | undefined;
  /** The one after it that was asked for meanwhile. */
  #next: Promise<void> | undefined;
  #stopped = false;
  #count = 0;
  #since = performance.now();
  #failing = false;
  #empty = false;

  constructor(tools: SchedulerTools) {
    this.#tools = tools;
    this.#watch = tools.watch ?? logDefects('scheduler', tools.logger);
  }

  /** Polls for the first time and goes on; resolves after that first poll. */
  start(): Promise<void> {
    const first = this.poll();
    this.#polling = repeat(() => this.poll(), this.#tools.interval, {
      watch: this.#watch,
      first,
    });
    return first;
  }

  /** Polls now, after a poll that is under way, besides the polls that come by themselves. Never rejects. */
  poll(): Promise<void> {
    if (this.#running !== undefined) {
      this.#next ??= this.#running.then(() => {
        this.#next = undefined;
        return this.poll();
      });
      return this.#next;
    }
    if (this.#stopped) return Promise.resolve();
    this.#since = performance.now();
    this.#running = this.#poll().finally(() => {
      this.#running = undefined;
      this.#count += 1;
      this.#since = performance.now();
    });
    return this.#running;
  }

  /** Whether the last poll failed. */
  get isFailing(): boolean {
    return this.#failing;
  }

  /** How many polls have ended, and for how long one has been under way, or none has; in milliseconds. */
  get progress(): {
    readonly syncs: number;
    readonly syncingFor: number | undefined;
    readonly idleFor: number | undefined;
  } {
    const lasted = performance.now() - this.#since;
    const isRunning = this.#running !== undefined;
    return {
      syncs: this.#count,
      syncingFor: isRunning ? lasted : undefined,
      idleFor: isRunning ? undefined : lasted,
    };
  }

  /** Polls no more; resolves once a poll that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.#polling?.stop(), this.#next ?? this.#running]);
  }

  /** A poll that fails leaves the bots as they are; the next may do better. */
  async #poll(): Promise<void> {
    const { listAgents, sync, logger } = this.#tools;
    try {
      const agents = await listAgents();
      this.#sayWhenEmpty(agents);
      const { start, stop, restart, update } = await sync(agents);
      if (start.length + stop.length + restart.length + update.length > 0) {
        const counts = {
          start: start.length,
          stop: stop.length,
          restart: restart.length,
          update: update.length,
        };
        logger.info('agents table changed', counts);
      }
      if (this.#failing) logger.info('the agents table can be read again');
      this.#failing = false;
      this.#watch.worked();
    } catch (error) {
      this.#watch.failed(error);
      // Once for each outage, not at each poll.
      if (!this.#failing) logger.error('cannot read the agents table; the bots go on as they are', { error });
      this.#failing = true;
    }
  }

  #sayWhenEmpty(agents: readonly AgentRecord[]): void {
    if (agents.length === 0 && !this.#empty) {
      this.#tools.logger.info(
        'there are no agents yet. Make some: npm run agents:load -- agents.example.yaml (they start by themselves)',
      );
    }
    this.#empty = agents.length === 0;
  }
}
