/** What a {@link TryLimit} allows. */
export interface TryLimitOptions {
  /** Failures of one key within a window. */
  readonly tries: number;
  /** In milliseconds. */
  readonly window: number;
  /** Keys that are remembered; the ones that failed longest ago are forgotten. */
  readonly keys: number;
  readonly now: () => number;
}

/** Counts failures by a key, such as an address. In memory, and bounded. */
export interface TryLimit {
  /** For how long no more tries are allowed, in milliseconds; 0: they are. */
  pauseOf(key: string): number;
  /** Counts a failure, or a try that may become one. */
  fail(key: string): void;
  /** Takes one back: it was none. */
  forgive(key: string): void;
}

/** Allows so many failures in a window; when it is over, all of them again. */
export function createTryLimit({ tries, window, keys, now }: TryLimitOptions): TryLimit {
  const failures = new Map<string, { count: number; readonly until: number }>();
  const current = (key: string): { count: number; readonly until: number } | undefined => {
    const found = failures.get(key);
    return found !== undefined && found.until > now() ? found : undefined;
  };
  return {
    pauseOf(key) {
      const found = current(key);
      return found !== undefined && found.count >= tries ? found.until - now() : 0;
    },
    fail(key) {
      const found = current(key) ?? { count: 0, until: now() + window };
      found.count += 1;
      // As the newest.
      failures.delete(key);
      failures.set(key, found);
      const [oldest] = failures.keys();
      if (failures.size > keys && oldest !== undefined) failures.delete(oldest);
    },
    forgive(key) {
      const found = current(key);
      if (found !== undefined) found.count -= 1;
    },
  };
}
