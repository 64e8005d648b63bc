import type { Logger } from '../observability/logger.ts';
import { sleep } from '../util/sleep.ts';

/** What a stop may take beyond the time for answers in flight, in milliseconds. */
const STOP_TIMES = {
  /** For everything else, such as writing down where the bots stand. */
  rest: 6_000,
  /** To end without the database. */
  end: 2_000,
} as const;

/** How {@link stopInTime} sees to it. */
export interface StopBounds {
  /** How long answers in flight may take, in milliseconds. */
  readonly timeout: number;
  /** Has whatever waits for the database fail. */
  readonly destroyDatabase: () => void;
  readonly logger: Logger;
}

/**
 * Resolves once everything is stopped, or at the latest eight seconds after the time for answers in flight: two seconds
 * before that the database is let go of, for which most of what does not end waits. What was not written by then is where
 * the death of the process would leave it.
 */
export async function stopInTime(
  stop: () => Promise<void>,
  { timeout, destroyDatabase, logger }: StopBounds,
): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  const isOver = (): boolean => signal.aborted;
  const hurry = async (): Promise<void> => {
    await sleep(timeout + STOP_TIMES.rest, signal);
    if (isOver()) return;
    logger.error('the stop takes too long: the database is let go of, the next start takes up what is left');
    destroyDatabase();
    await sleep(STOP_TIMES.end, signal);
    if (!isOver()) logger.error('something does not stop: it ends with the process');
  };
  await Promise.race([stop(), hurry()]);
  over.abort();
}
