import { createOrderedTasks } from './ordered-tasks.ts';

/** Keys whose failures are kept in mind; beyond that the oldest is forgotten. */
const MAX_FAILED = 10_000;

/** Tries that are left out after a failure, at most. */
const MAX_SKIPPED = 64;

/** Tasks that are tried again and again, and less often the more often they failed. */
export interface PatientTasks {
  /** Whether it is this key's turn; asked once before each try. */
  mayTry(key: string): boolean;
  /** Runs the task after all earlier ones of its key. */
  run(key: string, task: () => Promise<void>): Promise<void>;
}

/** Order within a key, and patience with one that fails: after the n-th failure in a row 2^n tries are left out. */
export function createPatientTasks(): PatientTasks {
  const order = createOrderedTasks();
  const failed = new Map<string, { failures: number; skip: number }>();

  function remember(key: string): void {
    const failures = (failed.get(key)?.failures ?? 0) + 1;
    failed.delete(key);
    failed.set(key, { failures, skip: Math.min(MAX_SKIPPED, 2 ** failures) });
    const [oldest] = failed.keys();
    if (failed.size > MAX_FAILED && oldest !== undefined) failed.delete(oldest);
  }

  return {
    mayTry(key) {
      const state = failed.get(key);
      if (state === undefined || state.skip === 0) return true;
      state.skip -= 1;
      return false;
    },
    run: (key, task) =>
      order.run(key, async () => {
        try {
          await task();
          failed.delete(key);
        } catch (error) {
          remember(key);
          throw error;
        }
      }),
  };
}
