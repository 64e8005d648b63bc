import { backOff, type BackOff } from './back-off.ts';
import type { PartWatch } from './part-watch.ts';
import { sleep } from './sleep.ts';

/** Something that runs again and again. */
export interface Repeating {
  /** Runs it no more; resolves once a run that is under way has ended. */
  stop(): Promise<void>;
}

/** How something is run again and again. */
export interface RepeatOptions {
  /** Hears of defects. */
  readonly watch: Pick<PartWatch, 'broke' | 'mended'>;
  /** What comes before the first wait. */
  readonly first?: Promise<void>;
  /** How long it is left alone after a defect, besides its interval. */
  readonly restart?: BackOff;
}

/** How long a part is left alone that broke, in milliseconds: doubled with each time in a row. */
export const RESTART = { base: 1_000, cap: 60_000 } as const satisfies BackOff;

/** In milliseconds. */
const LONGEST_WAIT = 10_000;

/**
 * Runs a task again and again, never two at once. A task is to take care of its failures; one that throws all the same
 * is a defect, which is told and does not end the loop.
 *
 * @param interval - milliseconds from the end of one run to the begin of the next; asked for again every ten
 * seconds at most, so that a long wait can be shortened
 */
export function repeat(
  task: () => Promise<void>,
  interval: () => number,
  { watch, first = Promise.resolve(), restart = RESTART }: RepeatOptions,
): Repeating {
  const stopping = new AbortController();
  const { signal } = stopping;
  const isOver = (): boolean => signal.aborted;

  async function wait(): Promise<void> {
    let left = interval();
    while (left > 0 && !signal.aborted) {
      const slice = Math.min(left, LONGEST_WAIT);
      await sleep(slice, signal);
      left = Math.min(left, interval()) - slice;
    }
  }

  async function run(): Promise<void> {
    let before: Promise<void> | undefined = first;
    for (let failures = 0; !isOver();) {
      try {
        await before;
        before = undefined;
        await wait();
        // A stop came while it waited.
        signal.throwIfAborted();
        await task();
        if (failures > 0) watch.mended();
        failures = 0;
      } catch (error) {
        if (isOver()) return;
        before = undefined;
        failures += 1;
        watch.broke(error);
        await sleep(backOff(restart, failures, 1), signal);
      }
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
