/** Tasks that nobody waits for. */
export interface Background {
  /** Hands in a task; it runs when its turn comes. What it throws is told to `onError`, with what it is about. */
  add(what: string, task: (signal: AbortSignal) => Promise<void>, about?: object): void;
  /** How many wait, and how many run. */
  readonly load: { readonly waiting: number; readonly running: number };
  /** Takes nothing more, aborts what runs and resolves once it has ended. What waits is dropped. */
  stop(): Promise<void>;
}

/** Bounds of a {@link Background}. */
export interface BackgroundOptions {
  /** Tasks at the same time. */
  readonly concurrency: number;
  /** Tasks that may wait; the oldest give way to new ones. */
  readonly backlog: number;
  /** How long one task may take, in milliseconds; then its signal aborts. Default: two minutes. */
  readonly deadline?: number;
  readonly onError: (what: string, error: unknown, about: object | undefined) => void;
}

/** Runs tasks beside everything else, a few at a time. */
export function createBackground({
  concurrency,
  backlog,
  deadline = 120_000,
  onError,
}: BackgroundOptions): Background {
  const waiting: {
    what: string;
    task: (signal: AbortSignal) => Promise<void>;
    about: object | undefined;
  }[] = [];
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();

  function next(): void {
    while (running.size < concurrency) {
      const job = waiting.shift();
      if (job === undefined) return;
      const run = job
        .task(AbortSignal.any([stopping.signal, AbortSignal.timeout(deadline)]))
        .catch((error: unknown) => {
          if (!stopping.signal.aborted) onError(job.what, error, job.about);
        })
        .finally(() => {
          running.delete(run);
          next();
        });
      running.add(run);
    }
  }

  return {
    get load() {
      return { waiting: waiting.length, running: running.size };
    },
    add(what, task, about) {
      if (stopping.signal.aborted) return;
      waiting.push({ what, task, about });
      if (waiting.length > backlog) waiting.shift();
      next();
    },
    async stop() {
      stopping.abort();
      waiting.length = 0;
      await Promise.all(running);
    },
  };
}
