import type { StatementObserver } from '../observers/statement-observer.ts';
import type { Meters } from './meters.ts';

/** Upper bounds for a statement, in seconds. */
const STATEMENT_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5, 30];

/** What is told of statements. */
export interface DatabaseMetrics {
  readonly took: StatementObserver;
  /** The time of all statements together, in seconds; waiting for a transaction to begin is not in it. */
  readonly seconds: number;
}

/** Times statements. */
export function databaseMetrics(meters: Meters): DatabaseMetrics {
  const took = meters.histogram<'kind'>(
    'troupe_database_statement_duration_seconds',
    'How long statements take, by their kind; "begin" is the wait for a transaction.',
    STATEMENT_BUCKETS,
  );
  let seconds = 0;
  return {
    took(kind, ms) {
      took.observe({ kind }, ms / 1_000);
      if (kind !== 'begin') seconds += ms / 1_000;
    },
    get seconds() {
      return seconds;
    },
  };
}
