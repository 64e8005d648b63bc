import { setTimeout as wait } from 'node:timers/promises';
import { isConflict } from './database-errors.ts';
import type { Dialect } from './dialect.ts';
import type { DriverAdapter } from './driver-adapter.ts';

export { isConflict, isOrphan, isTaken, isUnavailable } from './database-errors.ts';

/** What a statement can be given. */
export type Value = string | number | bigint | boolean | Date | null;

/**
 * A row of a query, by column, the same on every database: numbers are decimal text, booleans `0` and `1`, times as
 * ISO 8601 in UTC (`2026-11-21T12:34:56.789Z`). A time is one only as a plain column: what `MIN` or `COALESCE` makes of
 * times is a number on SQLite.
 */
export type Row = Readonly<Record<string, string | null>>;

/** What runs statements: the connection, or a transaction on it. */
type Queryable = Pick<DriverAdapter, 'executeRaw' | 'queryRaw'>;

/** How often a transaction is tried in all when others are in its way. */
const TRIES = 8;

/** Before the second try, in milliseconds; at most, since chance decides. It doubles with each try. */
const FIRST_WAIT = 20;

/** Statements of one transaction, with a `?` for each value. */
export class TransactionStatements {
  /** What statements must say differently on this database. */
  readonly dialect: Dialect;
  readonly #on: Queryable;

  constructor(on: Queryable, dialect: Dialect) {
    this.#on = on;
    this.dialect = dialect;
  }

  /**
   * Runs a statement; several rows in one statement are one transaction.
   *
   * @returns how many rows it changed, also those that were like that before
   */
  run(sql: string, values: readonly Value[]): Promise<number> {
    return this.#on.executeRaw(this.#query(sql, values));
  }

  /** Runs a query. */
  async rows(sql: string, values: readonly Value[]): Promise<Row[]> {
    const { columnNames, columnTypes, rows } = await this.#on.queryRaw(this.#query(sql, values));
    return rows.map((row) =>
      Object.fromEntries(columnNames.map((name, index) => [name, toText(row[index], columnTypes[index])])),
    );
  }

  #query(sql: string, values: readonly Value[]): Parameters<Queryable['executeRaw']>[0] {
    const text = this.dialect.provider === 'postgresql' ? numbered(sql) : sql;
    return { sql: text, args: [...values], argTypes: values.map(typeOf) };
  }
}

/**
 * Runs statements on Prisma's own connections, past its client and query compiler: those take several times as long as
 * the statement itself, which counts where every message or answer waits for it. Everything else goes through the client.
 */
export class Statements extends TransactionStatements {
  readonly #adapter: DriverAdapter;

  constructor(adapter: DriverAdapter, dialect: Dialect) {
    super(adapter, dialect);
    this.#adapter = adapter;
  }

  /** As in a transaction; tried again when another transaction was in its way. */
  override run(sql: string, values: readonly Value[]): Promise<number> {
    return untilNoConflict(() => super.run(sql, values));
  }

  /**
   * Runs all of this or nothing. On SQLite transactions run one after the other; on a server they run beside one
   * another, each statement sees what was committed before it (READ COMMITTED), and one that meets a deadlock is tried
   * again from the beginning, a few times.
   *
   * @param work - whatever it throws undoes everything; may be called several times
   */
  async transaction<Result>(work: (statements: TransactionStatements) => Promise<Result>): Promise<Result> {
    return untilNoConflict(() => this.session(work));
  }

  /** Like {@link transaction}, tried once: for work on one connection that must not be repeated. */
  async session<Result>(work: (statements: TransactionStatements) => Promise<Result>): Promise<Result> {
    const transaction = await this.#adapter.startTransaction();
    let result: Result;
    try {
      result = await work(new TransactionStatements(transaction, this.dialect));
    } catch (error) {
      // What went wrong first is what counts.
      await transaction.rollback().catch(() => undefined);
      throw error;
    }
    await transaction.commit();
    return result;
  }
}

/** Does something again that was undone because another transaction was in its way, a few times. */
export async function untilNoConflict<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await run();
    } catch (error) {
      if (tries >= TRIES || !isConflict(error)) throw error;
    }
    await wait(Math.random() * FIRST_WAIT * 2 ** tries);
  }
}

/** `(?, ?, …)` */
export function placeholders(count: number): string {
  return `(${Array.from({ length: count }, () => '?').join(', ')})`;
}

/** Statements with numbers in place of question marks. There are few, apart from lists of varying length. */
const numberedStatements = new Map<string, string>();
const MAX_NUMBERED = 500;

/** PostgreSQL's way: `$1` for the first question mark that is not in quotes. */
function numbered(sql: string): string {
  const known = numberedStatements.get(sql);
  if (known !== undefined) return known;
  let count = 0;
  const text = sql.replaceAll(/'[^']*'|"[^"]*"|\?/g, (part) => (part === '?' ? `$${++count}` : part));
  if (numberedStatements.size >= MAX_NUMBERED) numberedStatements.clear();
  numberedStatements.set(sql, text);
  return text;
}

/** Of Prisma's `ColumnTypeEnum`. */
const DATE_TIME = 10;

function toText(value: unknown, type: number | undefined): string | null {
  if (value === null || value === undefined) return null;
  if (type === DATE_TIME) {
    const at = new Date(value as string);
    // SQLite keeps whatever somebody wrote there by hand.
    return Number.isNaN(at.getTime()) ? (value as string) : at.toISOString();
  }
  if (typeof value === 'boolean') return value ? '1' : '0';
  return typeof value === 'number' || typeof value === 'bigint' ? value.toString() : (value as string);
}

type ScalarType = 'string' | 'int' | 'bigint' | 'boolean' | 'datetime';

function typeOf(value: Value): { scalarType: ScalarType; arity: 'scalar' } {
  return { scalarType: scalarTypeOf(value), arity: 'scalar' };
}

function scalarTypeOf(value: Value): ScalarType {
  if (value instanceof Date) return 'datetime';
  if (typeof value === 'number') return 'int';
  if (typeof value === 'bigint') return 'bigint';
  return typeof value === 'boolean' ? 'boolean' : 'string';
}
