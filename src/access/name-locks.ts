import { lockAfter } from './lockout.ts';

/** Locks for names that nobody has. In memory, and bounded. */
export interface NameLocks {
  /**
   * Counts a try.
   *
   * @returns for how long none is allowed, in milliseconds; 0: this one is
   */
  take(key: string): number;
}

/** Names that are remembered; those that were tried longest ago are forgotten. */
const MOST = 1_000;

/** Locks names that nobody has as others lock: nobody learns which there are. */
export function createNameLocks(now: () => number): NameLocks {
  const tried = new Map<string, { readonly tries: number; readonly lockedUntil: number }>();
  return {
    take(key) {
      const found = tried.get(key);
      const left = (found?.lockedUntil ?? 0) - now();
      if (left > 0) return left;
      const tries = (found?.tries ?? 0) + 1;
      // As the newest.
      tried.delete(key);
      tried.set(key, { tries, lockedUntil: now() + lockAfter(tries) });
      const [oldest] = tried.keys();
      if (tried.size > MOST && oldest !== undefined) tried.delete(oldest);
      return 0;
    },
  };
}
