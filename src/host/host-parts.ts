import type { Logger } from '../observability/logger.ts';
import { sleep } from '../util/sleep.ts';

/** What {@link createHostParts} works with. */
export interface HostPartsOptions {
  /** How long the stop of all parts together may take, in milliseconds. */
  readonly patience: () => number;
  readonly logger: Logger;
}

/** The parts of a host that have to be stopped. */
export interface HostParts {
  /** Has this called at the stop, before those that were added earlier. */
  add(stop: () => Promise<void> | void): void;
  /** Stops all, one after the other; returns without those that take too long. Never rejects. */
  stop(): Promise<void>;
}

/**
 * Stops what was started, the other way round. A part that cannot be stopped does not keep the others from it, and none
 * keeps the process: whoever ended it would kill it next. What was not written down by then is found again at the next start,
 * as after a kill.
 */
export function createHostParts({ patience, logger }: HostPartsOptions): HostParts {
  const stops: (() => Promise<void> | void)[] = [];
  let stopping: Promise<void> | undefined;

  async function stopAll(): Promise<'all'> {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
      try {
        await stop();
      } catch (error) {
        // The parts below still have to be closed.
        logger.error('a part of the host could not be stopped in order', { error });
      }
    }
    return 'all';
  }

  async function stopInTime(): Promise<void> {
    const done = new AbortController();
    const afterMs = patience();
    const first = await Promise.race([stopAll(), sleep(afterMs, done.signal)]);
    done.abort();
    if (first === 'all') return;
    logger.warn('the host stops without waiting any longer; the next start finds what was not written', {
      afterMs,
    });
  }

  return {
    add(stop) {
      stops.push(stop);
    },
    stop: () => (stopping ??= stopInTime()),
  };
}
