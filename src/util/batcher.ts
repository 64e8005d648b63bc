/** Writes what many callers hand in, several at a time and one batch after the other. */
export interface Batcher<Item> {
  /** Adds an item; it is written with all others that came meanwhile. */
  add(item: Item): void;
  /** Resolves once everything added so far was handed to `write` and that has ended. */
  flush(): Promise<void>;
}

/**
 * Gathers what arrives in one turn of the event loop, or while a batch is being written, into the next batch: one
 * item alone is written at once, and under load many share a transaction.
 *
 * @param write - must not reject: what becomes of each item is told in the item's own way
 * @param most - the largest batch
 */
export function createBatcher<Item>(write: (batch: Item[]) => Promise<void>, most: number): Batcher<Item> {
  const waiting: Item[] = [];
  let running: Promise<void> | undefined;

  async function drain(): Promise<void> {
    // One turn of the event loop: messages that came over other sockets in the same turn join the batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const batch = waiting.splice(0, most);
      await write(batch);
    }
    running = undefined;
  }

  return {
    add(item) {
      waiting.push(item);
      running ??= drain();
    },
    flush: async () => running,
  };
}
