import { sleep } from './sleep.ts';

/** Something that runs again and again. */
export interface Repeating {
  /** Runs it no more; resolves once a run that is under way has ended. */
  stop(): Promise<void>;
}

/**
 * Runs a task again and again, never two at once.
 *
 * @param task - must not reject
 * @param interval - milliseconds from the end of one run to the begin of the next; asked for before each wait
 * @param first - what comes before the first wait
 */
export function repeat(
  task: () => Promise<void>,
  interval: () => number,
  first: Promise<void> = Promise.resolve(),
): Repeating {
  const stopping = new AbortController();
  const { signal } = stopping;
  async function run(): Promise<void> {
    await first;
    for (;;) {
      await sleep(interval(), signal);
      if (signal.aborted) return;
      await task();
    }
  }
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
