import { backOff } from '../util/back-off.ts';
import { sleep } from '../util/sleep.ts';

/** In milliseconds. */
const BACK_OFF = { base: 1_000, cap: 60_000 };

/**
 * Does something until it succeeds, with waits between that grow up to a minute.
 *
 * @param onFailure - told of each failure, and how many milliseconds it waits; throws to give up
 * @param signal - gives up; its reason is thrown
 */
export async function keepTrying<Result>(
  task: () => Promise<Result>,
  onFailure: (error: unknown, retryInMs: number) => void,
  signal: AbortSignal,
): Promise<Result> {
  for (let failures = 1; ; failures += 1) {
    signal.throwIfAborted();
    try {
      return await task();
    } catch (error) {
      signal.throwIfAborted();
      const retryInMs = backOff(BACK_OFF, failures, 1);
      onFailure(error, retryInMs);
      await sleep(retryInMs, signal);
    }
  }
}
