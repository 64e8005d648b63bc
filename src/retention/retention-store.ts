/** What is kept for a while only. */
export type Perishable =
  | 'exchanges'
  | 'usage'
  | 'guard-findings'
  | 'memories'
  | 'identifies'
  | 'commands to bots'
  | 'incidents'
  | 'leftovers of deleted agents';

/** Deletes what has been kept for long enough. */
export interface RetentionStore {
  /**
   * Deletes what is older than a moment. Two hosts may do so at once.
   *
   * @returns one small step for each turn of the iteration, with how many rows it deleted, which may be none; between
   * two steps nothing is locked. Rejects when the database refuses; what is left waits for the next time.
   */
  sweep(what: Perishable, before: Date): AsyncIterable<number>;
}
