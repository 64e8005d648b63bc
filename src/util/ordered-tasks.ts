/** Runs the tasks of one key one after the other. */
export interface OrderedTasks {
  /** Whether nothing of this key is under way: a task of it may run at once. */
  idle(key: string): boolean;
  /** Resolves once nothing is under way that was handed in so far. */
  idleAll(): Promise<void>;
  /** Runs the task after all earlier ones of its key, whatever became of them. */
  run<Result>(key: string, task: () => Promise<Result>): Promise<Result>;
}

/** Order within a key; keys do not wait for each other. A key costs nothing once its tasks have ended. */
export function createOrderedTasks(): OrderedTasks {
  const last = new Map<string, Promise<unknown>>();
  return {
    idle: (key) => !last.has(key),
    idleAll: async () => {
      await Promise.all(last.values());
    },
    run(key, task) {
      const result = (last.get(key) ?? Promise.resolve()).then(task, task);
      const settled = result.then(
        () => undefined,
        () => undefined,
      );
      last.set(key, settled);
      void settled.then(() => {
        if (last.get(key) === settled) last.delete(key);
      });
      return result;
    },
  };
}
