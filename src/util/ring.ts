/** The last few of many items. */
export interface Ring<Item> {
  push(item: Item): void;
  /** What is still there, oldest first. */
  items(): Item[];
}

/** Keeps the last `size` items; the oldest make room. */
export function createRing<Item>(size: number): Ring<Item> {
  const slots: Item[] = [];
  let next = 0;
  return {
    push(item) {
      slots[next] = item;
      next = (next + 1) % size;
    },
    items: () => [...slots.slice(next), ...slots.slice(0, next)],
  };
}
