import type { DriverAdapter } from './sqlite-adapter.ts';

/** What a statement can be given. */
export type Value = string | number | bigint | boolean | Date | null;

/** A row of a query, by column; numbers and times are text. */
export type Row = Readonly<Record<string, string | null>>;

/** What runs statements: the connection, or a transaction on it. */
type Queryable = Pick<DriverAdapter, 'executeRaw' | 'queryRaw'>;

/** Statements of one transaction, with a `?` for each value. */
export class TransactionStatements {
  readonly #on: Queryable;

  constructor(on: Queryable) {
    this.#on = on;
  }

  /**
   * Runs a statement; several rows in one statement are one transaction.
   *
   * @returns how many rows it changed
   */
  run(sql: string, values: readonly Value[]): Promise<number> {
    return this.#on.executeRaw(query(sql, values));
  }

  /** Runs a query. */
  async rows(sql: string, values: readonly Value[]): Promise<Row[]> {
    const { columnNames, rows } = await this.#on.queryRaw(query(sql, values));
    return rows.map((row) =>
      Object.fromEntries(columnNames.map((name, index) => [name, row[index] as string | null])),
    );
  }
}

/**
 * Runs statements on Prisma's own connection, past its client and query compiler: those take several times as long as
 * the statement itself, which counts where every message or answer waits for it. Everything else goes through the client.
 */
export class Statements extends TransactionStatements {
  readonly #adapter: DriverAdapter;

  constructor(adapter: DriverAdapter) {
    super(adapter);
    this.#adapter = adapter;
  }

  /**
   * Runs all of this or nothing. Transactions wait for each other in the order of asking, however long that takes:
   * Prisma's client would give up after two seconds.
   *
   * @param work - whatever it throws undoes everything
   */
  async transaction<Result>(work: (statements: TransactionStatements) => Promise<Result>): Promise<Result> {
    const transaction = await this.#adapter.startTransaction();
    try {
      const result = await work(new TransactionStatements(transaction));
      await transaction.commit();
      return result;
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }
}

/** Whether a statement failed because a unique key was taken. */
export function isTaken(error: unknown): boolean {
  return kindOf(error) === 'UniqueConstraintViolation';
}

/** Whether a statement failed because the row that it refers to is not there. */
export function isOrphan(error: unknown): boolean {
  return kindOf(error) === 'ForeignKeyConstraintViolation';
}

function kindOf(error: unknown): string | undefined {
  return error instanceof Error ? (error.cause as { kind?: string } | undefined)?.kind : undefined;
}

/** `(?, ?, …)` */
export function placeholders(count: number): string {
  return `(${Array.from({ length: count }, () => '?').join(', ')})`;
}

function query(sql: string, values: readonly Value[]): Parameters<Queryable['executeRaw']>[0] {
  return { sql, args: [...values], argTypes: values.map(typeOf) };
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
