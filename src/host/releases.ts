import type { Logger } from '../observability/logger.ts';

/** Stops something that was started. */
export type Release = () => Promise<void> | void;

/** How what was started is stopped: the last first. What does not stop in order holds up nothing else. */
export class Releases {
  readonly #releases: Release[] = [];
  readonly #early: (() => void)[] = [];
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** For what is stopped after everything that is pushed later. */
  push(release: Release): void {
    this.#releases.push(release);
  }

  /** Likewise, for what takes its time: it begins as soon as {@link begin} is called. */
  pushEarly(release: () => Promise<void>): void {
    let ending: Promise<void> | undefined;
    this.#early.push(() => {
      ending = release();
      // Whoever waits for it, in its turn, hears of it.
      ending.catch(() => undefined);
    });
    this.#releases.push(() => ending);
  }

  /** Has those begin to stop that take their time. */
  begin(): void {
    for (const begin of this.#early.splice(0)) begin();
  }

  /** Stops one after the other. Never rejects. */
  async end(): Promise<void> {
    for (let release = this.#releases.pop(); release !== undefined; release = this.#releases.pop()) {
      try {
        await release();
      } catch (error) {
        // The parts below still have to be closed.
        this.#logger.error('a part of the host could not be stopped in order', { error });
      }
    }
  }
}
