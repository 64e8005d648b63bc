import type { PartWatch } from '../util/part-watch.ts';
import { repeat } from '../util/repeat.ts';

/** What {@link startDatabasePulse} needs. */
export interface DatabasePulseOptions {
  /** Asks the database for a sign of life. */
  readonly ask: () => Promise<void>;
  /** Between two questions, in milliseconds. */
  readonly interval?: number;
  /** After so many milliseconds without an answer it counts as out of reach: it may be there and be silent. */
  readonly patience?: number;
  /** Hears how it fares. Default: nobody does. */
  readonly watch?: PartWatch | undefined;
}

const UNWATCHED: PartWatch = {
  failed: () => undefined,
  worked: () => undefined,
  broke: () => undefined,
  mended: () => undefined,
};

/** Whether the database answers. */
export interface DatabasePulse {
  /** Since when it does not; undefined while it does. */
  readonly outage: { readonly since: Date } | undefined;
  /** Asks no more; a question that is under way is left alone. */
  stop(): void;
}

/** Asks the database again and again; one question at a time, however long it takes. */
export function startDatabasePulse({
  ask,
  interval = 3_000,
  patience = 3_000,
  watch = UNWATCHED,
}: DatabasePulseOptions): DatabasePulse {
  let outage: { readonly since: Date } | undefined;
  const question = async (): Promise<void> => {
    const since = new Date();
    const timer = setTimeout(() => {
      outage ??= { since };
    }, patience);
    try {
      await ask();
      outage = undefined;
      watch.worked();
    } catch (error) {
      outage ??= { since };
      watch.failed(error);
    } finally {
      clearTimeout(timer);
    }
  };
  const asking = repeat(question, () => interval, { watch });
  return {
    get outage() {
      return outage;
    },
    stop: () => void asking.stop(),
  };
}
