/** Does something with every item, so many at a time; the results are in the order of the items. */
export async function eachBounded<Item, Result>(
  items: readonly Item[],
  bound: number,
  does: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await does(item);
  };
  await Promise.all(Array.from({ length: bound }, worker));
  return results;
}
