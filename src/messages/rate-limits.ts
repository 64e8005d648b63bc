/** The time that a rate limit is about, in milliseconds. */
const PERIOD = 60_000;

/** Users that are kept in mind; beyond that the one that was heard longest ago is forgotten. */
const MAX_USERS = 10_000;

/** How often every user was answered in the last minute. */
export interface RateLimits {
  /**
   * Counts a message, unless there were as many already in the last minute as are allowed.
   *
   * @param user - one user of one agent
   * @param limit - above 0
   * @param now - milliseconds
   * @returns whether it was counted
   */
  take(user: string, limit: number, now: number): boolean;
  /** Takes back what was counted at that time. */
  giveBack(user: string, at: number): void;
  /** When the next message will be counted, in milliseconds; `now` when at once. */
  retryAt(user: string, limit: number, now: number): number;
}

/** Counts in memory, in a window that slides; forgets a user a minute after the last message that counted. */
export function createRateLimits(): RateLimits {
  /** In the order of their last time. */
  const times = new Map<string, number[]>();

  function forget(now: number): void {
    for (const [user, taken] of times) {
      if ((taken.at(-1) ?? 0) > now - PERIOD && times.size <= MAX_USERS) return;
      times.delete(user);
    }
  }

  function retryAt(user: string, limit: number, now: number): number {
    const oldest = times.get(user)?.at(-limit) ?? -Infinity;
    return Math.max(now, oldest + PERIOD);
  }

  return {
    retryAt,
    take(user, limit, now) {
      if (retryAt(user, limit, now) > now) return false;
      const taken = times.get(user) ?? [];
      times.delete(user);
      times.set(user, [...taken.slice(taken.findIndex((time) => time > now - PERIOD)), now].slice(-limit));
      forget(now);
      return true;
    },
    giveBack(user, at) {
      const taken = times.get(user) ?? [];
      const index = taken.lastIndexOf(at);
      if (index >= 0) times.set(user, taken.toSpliced(index, 1));
    },
  };
}
