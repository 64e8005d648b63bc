import type { Client, Config, InArgs, InStatement, ResultSet, Transaction } from '@libsql/client';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import Database from 'libsql';

/** Distinct statements kept prepared. Prisma's statements have few shapes, apart from lists of varying length. */
const MAX_PREPARED = 200;

/** How long a statement waits for another process's write, in milliseconds. */
const BUSY_TIMEOUT = 10_000;

/**
 * Prisma's adapter for a SQLite file, on one connection for the life of the process.
 *
 * The client that libsql brings opens a new connection after every transaction, so that `synchronous` and
 * `busy_timeout` go back to their defaults and the old connection lingers until it is collected; it also
 * prepares each statement anew. Prisma's adapter lets nothing else through while a transaction is open, so one
 * connection is enough.
 *
 * - WAL, so that commands read while the host writes.
 * - `synchronous = NORMAL`: a commit survives the death of the process, and the file survives the loss of power;
 *   the last commits before a loss of power may be gone.
 */
export class SqliteAdapter extends PrismaLibSql {
  constructor(file: string) {
    super({ url: `file:${file}` }, { timestampFormat: 'unixepoch-ms' });
  }

  override createClient(config: Config): Client {
    return new SqliteClient(config.url.slice('file:'.length)) as unknown as Client;
  }
}

/** As much of libsql's `Client` as Prisma's adapter calls. */
class SqliteClient {
  readonly #db: Database.Database;
  readonly #prepared = new Map<string, Prepared>();

  constructor(file: string) {
    this.#db = new Database(file, { timeout: BUSY_TIMEOUT });
    for (const pragma of ['journal_mode = WAL', 'synchronous = NORMAL', 'foreign_keys = ON']) {
      this.#db.pragma(pragma);
    }
  }

  execute = (statement: InStatement): Promise<ResultSet> =>
    typeof statement === 'string' ? this.#run(statement, []) : this.#run(statement.sql, statement.args ?? []);

  executeMultiple(sql: string): Promise<void> {
    this.#db.exec(sql);
    return Promise.resolve();
  }

  transaction(): Promise<Transaction> {
    // Prisma asks for a deferred one, which fails as "busy" at its first write when another process wrote since.
    this.#db.exec('BEGIN IMMEDIATE');
    const end = (sql: 'COMMIT' | 'ROLLBACK') => (): Promise<void> => {
      this.#db.exec(sql);
      return Promise.resolve();
    };
    const transaction: Pick<Transaction, 'execute' | 'commit' | 'rollback'> = {
      execute: this.execute,
      commit: end('COMMIT'),
      rollback: end('ROLLBACK'),
    };
    return Promise.resolve(transaction as Transaction);
  }

  close(): void {
    this.#prepared.clear();
    this.#db.close();
  }

  // Async, so that what libsql throws at once becomes a rejection.
  // eslint-disable-next-line @typescript-eslint/require-await
  async #run(sql: string, args: InArgs): Promise<ResultSet> {
    const { statement, columns, columnTypes } = this.#prepare(sql);
    const result = {
      columns,
      columnTypes,
      rows: [] as unknown[],
      rowsAffected: 0,
      lastInsertRowid: undefined,
    };
    const values = (args as unknown[]).map((value) => (typeof value === 'boolean' ? Number(value) : value));
    if (columns.length > 0) result.rows = statement.all(values);
    else result.rowsAffected = statement.run(values).changes;
    return result as unknown as ResultSet;
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    statement.safeIntegers(true);
    const described = statement.reader ? statement.raw(true).columns() : [];
    const prepared: Prepared = {
      statement,
      columns: described.map((column) => column.name),
      columnTypes: described.map((column) => column.type ?? ''),
    };
    if (this.#prepared.size >= MAX_PREPARED) this.#prepared.clear();
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

interface Prepared {
  readonly statement: Database.Statement;
  readonly columns: readonly string[];
  readonly columnTypes: readonly string[];
}
