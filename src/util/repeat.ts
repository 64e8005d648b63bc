import { sleep } from './sleep.ts';

/** Something that runs again and again. */
export interface Repeating {
  /** Runs it no more; resolves once a run that is under way has ended. */
  stop(): Promise<void>;
}

/** In milliseconds. */
const LONGEST_WAIT = 10_000;

/**
 * Runs a task again and again, never two at once.
 *
 * @param task - must not reject
 * @param interval - milliseconds from the end of one run to the begin of the next; asked for again every ten
 * seconds at most, so that a long wait can be shortened
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
      let left = interval();
      while (left > 0 && !signal.aborted) {
        const slice = Math.min(left, LONGEST_WAIT);
        await sleep(slice, signal);
        left = Math.min(left, interval()) - slice;
      }
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
