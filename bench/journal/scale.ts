/** How much is asked of the journal. */
export interface JournalScale {
  /** Bots whose messages take turns, each under a lease of its own. */
  readonly bots: number;
  /** Messages that are on their way at any time, where it is not one. */
  readonly together: number;
  /** How long it works before anything is measured, in seconds: code gets compiled, connections get opened. */
  readonly warmUp: number;
  /** How long each measurement takes, in seconds. */
  readonly seconds: number;
}

/** What is asked unless told otherwise. */
export const FULL_JOURNAL: JournalScale = { bots: 50, together: 100, warmUp: 2, seconds: 5 };

/** What `--quick` asks. */
export const QUICK_JOURNAL: JournalScale = { ...FULL_JOURNAL, warmUp: 0.5, seconds: 1 };
