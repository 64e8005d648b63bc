/** One job of one key's owner. It must not reject. */
export type Job = () => Promise<void>;

/** Bounds of a {@link FairQueue}. */
export interface FairQueueOptions {
  /** Jobs at the same time, of different keys. */
  readonly concurrency: number;
  /** Jobs that may wait for one key. */
  readonly backlog: number;
}

/**
 * Runs the jobs of one key one after the other, those of different keys beside one another.
 *
 * Keys take turns: whoever hands in a hundred jobs waits behind everyone who handed in one.
 */
export class FairQueue {
  readonly #options: FairQueueOptions;
  /** Jobs that wait, by key. A key is here as long as it has a job waiting or running. */
  readonly #waiting = new Map<string, Job[]>();
  /** Keys with a job waiting and none running, in the order of their turn. */
  readonly #turns: string[] = [];
  #running = 0;
  #backlog = 0;
  #whenIdle: (() => void)[] = [];

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  /** Jobs that wait or run. */
  get size(): number {
    return this.#backlog + this.#running;
  }

  /** Jobs that run. */
  get running(): number {
    return this.#running;
  }

  /** Whether a key may hand in another job now. */
  accepts(key: string): boolean {
    return (this.#waiting.get(key)?.length ?? 0) < this.#options.backlog;
  }

  /** Whether a job that this key hands in now runs now. */
  startsAtOnce(key: string): boolean {
    return !this.#waiting.has(key) && this.#turns.length === 0 && this.#running < this.#options.concurrency;
  }

  /** Hands in a job; it runs when its key's turn comes. */
  add(key: string, job: Job): void {
    this.#backlog += 1;
    const jobs = this.#waiting.get(key);
    if (jobs !== undefined) {
      jobs.push(job);
      return;
    }
    this.#waiting.set(key, [job]);
    this.#turns.push(key);
    this.#next();
  }

  /** Drops the jobs that have not begun, and says how many. */
  clear(): number {
    const dropped = this.#backlog;
    this.#backlog = 0;
    this.#turns.length = 0;
    this.#waiting.clear();
    return dropped;
  }

  /** Resolves once nothing waits or runs. */
  idle(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #next(): void {
    while (this.#running < this.#options.concurrency) {
      const key = this.#turns.shift();
      if (key === undefined) return;
      const job = this.#waiting.get(key)?.shift();
      if (job !== undefined) void this.#run(key, job);
    }
  }

  async #run(key: string, job: Job): Promise<void> {
    this.#running += 1;
    this.#backlog -= 1;
    try {
      await job();
    } finally {
      this.#running -= 1;
      if ((this.#waiting.get(key)?.length ?? 0) > 0) this.#turns.push(key);
      else this.#waiting.delete(key);
      this.#next();
      if (this.size === 0) {
        const resolvers = this.#whenIdle;
        this.#whenIdle = [];
        for (const resolve of resolvers) resolve();
      }
    }
  }
}
