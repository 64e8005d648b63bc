/** Knows up to which number everything in an ascending sequence is done, though items end in any order. */
export interface SequenceTracker {
  /** An item came and is being worked on. */
  begin(sequence: number): void;
  /** An item is done. */
  done(sequence: number): void;
  /** The highest number up to which everything that came is done. */
  readonly completed: number;
}

/** @param completed - where to begin: everything up to here is done */
export function createSequenceTracker(completed: number): SequenceTracker {
  let highest = completed;
  // Items come in ascending order, so the first one that is still open is the lowest.
  const open = new Set<number>();
  return {
    begin(sequence) {
      highest = Math.max(highest, sequence);
      open.add(sequence);
    },
    done(sequence) {
      open.delete(sequence);
    },
    get completed() {
      const [lowest] = open;
      return lowest === undefined ? highest : lowest - 1;
    },
  };
}
