/** What a statement must say differently on each database. */
export interface Dialect {
  readonly provider: 'sqlite' | 'postgresql' | 'mysql';
  /** The database's own time, as it is compared with a column of times. */
  readonly now: string;
  /** The database's time so many milliseconds from now; less than nothing: ago. */
  readonly fromNow: (ms: number) => string;
  /** Ends a SELECT whose rows must not change before the transaction ends. */
  readonly forShare: string;
  /** Ends a SELECT whose rows this transaction is going to change. */
  readonly forUpdate: string;
  /** The day (UTC) of a column of times, as 2026-11-21. */
  readonly day: (column: string) => string;
  /**
   * Ends an INSERT whose rows are left out where their key is taken. How many were left out is not to be told from the
   * number of rows that it changed: MySQL counts them too.
   *
   * @param column - any column of the table
   */
  readonly onConflictDoNothing: (column: string) => string;
}

/** SQLite: times are milliseconds since 1970, and whoever writes is alone. */
const sqlite: Dialect = {
  provider: 'sqlite',
  now: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
  fromNow: (ms) => `(CAST(unixepoch('subsec') * 1000 AS INTEGER) + ${Math.round(ms)})`,
  day: (column) => `date(${column} / 1000, 'unixepoch')`,
  forShare: '',
  forUpdate: '',
  onConflictDoNothing: () => 'ON CONFLICT DO NOTHING',
};

const postgresql: Dialect = {
  provider: 'postgresql',
  now: 'clock_timestamp()',
  fromNow: (ms) => `(clock_timestamp() + INTERVAL '${Math.round(ms)} milliseconds')`,
  day: (column) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
  forShare: 'FOR SHARE',
  forUpdate: 'FOR UPDATE',
  onConflictDoNothing: () => 'ON CONFLICT DO NOTHING',
};

/** MySQL and MariaDB. The assignment changes nothing: `INSERT IGNORE` would swallow other errors too. */
const mysql: Dialect = {
  provider: 'mysql',
  now: 'UTC_TIMESTAMP(3)',
  fromNow: (ms) => `(UTC_TIMESTAMP(3) + INTERVAL ${Math.round(ms) * 1_000} MICROSECOND)`,
  day: (column) => `DATE_FORMAT(${column}, '%Y-%m-%d')`,
  forShare: 'LOCK IN SHARE MODE',
  forUpdate: 'FOR UPDATE',
  onConflictDoNothing: (column) => `ON DUPLICATE KEY UPDATE ${column} = ${column}`,
};

/** Every database's. */
export const DIALECTS: Readonly<Record<Dialect['provider'], Dialect>> = { sqlite, postgresql, mysql };
