/** Lets a few run at a time. */
export interface Window {
  /** Runs the task once a place is free, and hands back what it returns. */
  run<Result>(task: () => Promise<Result>): Promise<Result>;
}

/**
 * At most `places` tasks at a time, in the order of asking. A task that takes longer than `patience` milliseconds
 * goes on, but gives its place up: one that hangs does not hold up the others.
 */
export function createWindow(places: number, patience: number): Window {
  let free = places;
  const waiting: (() => void)[] = [];

  function release(): void {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  }

  return {
    async run(task) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      let held = true;
      const giveUp = (): void => {
        if (!held) return;
        held = false;
        clearTimeout(timer);
        release();
      };
      const timer = setTimeout(giveUp, patience);
      try {
        return await task();
      } finally {
        giveUp();
      }
    },
  };
}
