/** What statements are told apart by. `begin` is the wait for a transaction. */
export type StatementKind =
  'select' | 'insert' | 'update' | 'delete' | 'other' | 'begin' | 'commit' | 'rollback';

/** Hears how long a statement took, also one that failed. Must not throw. */
export type StatementObserver = (kind: StatementKind, ms: number) => void;
