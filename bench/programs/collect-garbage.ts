// Preloaded into Troupe, which is then started with --expose-gc: whoever sends it anything has all garbage collected, and
// is sent how much is left.

/** What it sends. */
export interface HeldNews {
  /** Bytes of the heap in use, and those that its objects hold outside of it. */
  readonly held: number;
}

process.on('message', () => {
  // The second time frees what only finalizers held.
  for (let times = 0; times < 2; times++) gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({ held: heapUsed + external } satisfies HeldNews);
});
// The bench is no reason to go on.
process.channel?.unref();
