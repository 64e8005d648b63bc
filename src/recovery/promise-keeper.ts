import type { PartWatch } from '../util/part-watch.ts';
import { repeat, type Repeating } from '../util/repeat.ts';

/** What {@link PromiseKeeper} works with. */
export interface PromiseKeeperTools {
  /** Looks whether everything is there that promises rest on, and tells what is not. */
  readonly look: () => Promise<void>;
  /** Between two looks, in milliseconds. */
  readonly interval: number;
  readonly watch: PartWatch;
}

/** Looks now and then whether the promises of a running host can still be kept. */
export class PromiseKeeper {
  readonly #looking: Repeating;

  /** Begins to look. */
  constructor({ look, interval, watch }: PromiseKeeperTools) {
    this.#looking = repeat(
      async () => {
        try {
          await look();
          watch.worked();
        } catch (error) {
          watch.failed(error);
        }
      },
      () => interval,
      { watch },
    );
  }

  /** Looks no more; resolves once a look that is under way has ended. */
  stop(): Promise<void> {
    return this.#looking.stop();
  }
}
