import { repeat } from '../util/repeat.ts';

/** What {@link startDatabasePulse} needs. */
export interface DatabasePulseOptions {
  /** Asks the database for a sign of life. */
  readonly ask: () => Promise<void>;
  /** Between two questions, in milliseconds. */
  readonly interval?: number;
  /** After so many milliseconds without an answer it counts as out of reach: it may be there and be silent. */
  readonly patience?: number;
}

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
    } catch {
      outage ??= { since };
    } finally {
      clearTimeout(timer);
    }
  };
  const asking = repeat(question, () => interval);
  return {
    get outage() {
      return outage;
    },
    stop: () => void asking.stop(),
  };
}
