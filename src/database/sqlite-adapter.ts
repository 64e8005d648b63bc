import type { Client, Config, InArgs, InStatement, ResultSet, Transaction } from '@libsql/client';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import Database from 'libsql';
import type { AdapterFactory } from './driver-adapter.ts';

/** Distinct statements kept prepared. Prisma's statements have few shapes, apart from lists of varying length. */
const MAX_PREPARED = 200;

/** How long a statement waits for another process's write before it fails, in milliseconds. */
const BUSY_PATIENCE = 10_000;

/** Between two tries meanwhile, in milliseconds. */
const BUSY_INTERVAL = 10;

/**
 * Settings of the connection, in this order. A checkpoint waits for the disk, so there is one after 16 MB of WAL, not
 * after 4; statements wait for other writers in `#patiently`, not in SQLite.
 */
const PRAGMAS = [
  'journal_mode = WAL',
  'synchronous = NORMAL',
  'wal_autocheckpoint = 4000',
  'foreign_keys = ON',
  'secure_delete = ON',
  'busy_timeout = 0',
] as const;

/** SQLite's code for "another connection is writing"; the higher bits say more. */
const SQLITE_BUSY = 5;

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
 * - `secure_delete`: what is deleted is overwritten, so that what a user had forgotten is not left in the file.
 */
export class SqliteAdapter extends PrismaLibSql implements AdapterFactory {
  #client: SqliteClient | undefined;
  #connected: ReturnType<PrismaLibSql['connect']> | undefined;

  constructor(file: string) {
    super({ url: `file:${file}` }, { timestampFormat: 'unixepoch-ms' });
  }

  /** Always the same connection: two of one process would wait for each other. */
  override connect(): ReturnType<PrismaLibSql['connect']> {
    this.#connected ??= super.connect();
    return this.#connected;
  }

  override createClient(config: Config): Client {
    this.#client = new SqliteClient(config.url.slice('file:'.length));
    return this.#client as unknown as Client;
  }

  destroy(): void {
    this.#client?.destroy();
  }
}

/** As much of libsql's `Client` as Prisma's adapter calls. */
class SqliteClient {
  readonly #db: Database.Database;
  readonly #prepared = new Map<string, Prepared>();
  #isDestroyed = false;

  constructor(file: string) {
    this.#db = new Database(file);
    // Only here may SQLite itself wait, which stops the whole process: turning WAL on takes an exclusive lock.
    this.#db.pragma(`busy_timeout = ${BUSY_PATIENCE}`);
    for (const pragma of PRAGMAS) this.#db.pragma(pragma);
  }

  execute = (statement: InStatement): Promise<ResultSet> =>
    typeof statement === 'string' ? this.#run(statement, []) : this.#run(statement.sql, statement.args ?? []);

  executeMultiple(sql: string): Promise<void> {
    this.#db.exec(sql);
    return Promise.resolve();
  }

  async transaction(): Promise<Transaction> {
    // Prisma asks for a deferred one, which fails as "busy" at its first write when another process wrote since.
    await this.#patiently(() => {
      this.#db.exec('BEGIN IMMEDIATE');
    });
    let open = true;
    const rollback = (): Promise<void> => {
      // SQLite ends it by itself after some errors; what is open after that is another's.
      if (open && this.#db.inTransaction) this.#db.exec('ROLLBACK');
      open = false;
      return Promise.resolve();
    };
    const commit = async (): Promise<void> => {
      try {
        this.#db.exec('COMMIT');
        open = false;
      } catch (error) {
        // At once: a transaction that stays open would swallow whatever is written next.
        await rollback();
        throw error;
      }
    };
    const transaction: Pick<Transaction, 'execute' | 'commit' | 'rollback'> = {
      execute: this.execute,
      commit,
      rollback,
    };
    return transaction as Transaction;
  }

  /** Waits no more for other processes. */
  destroy(): void {
    this.#isDestroyed = true;
  }

  close(): void {
    this.#prepared.clear();
    // Prepared statements linger until they are collected, which keeps SQLite from doing this itself: afterwards all is
    // in the one file, unless another process still uses it.
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
    this.#db.close();
  }

  #run(sql: string, args: InArgs): Promise<ResultSet> {
    return this.#patiently(() => this.#runOnce(sql, args));
  }

  /**
   * Tries again while another process writes, without stopping this one: libsql is synchronous, and SQLite's own busy
   * handler would hold up every bot.
   */
  async #patiently<Result>(run: () => Result): Promise<Result> {
    const deadline = Date.now() + BUSY_PATIENCE;
    for (;;) {
      try {
        return run();
      } catch (error) {
        if (!isBusy(error) || this.#isDestroyed || Date.now() > deadline) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, BUSY_INTERVAL));
    }
  }

  #runOnce(sql: string, args: InArgs): ResultSet {
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

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && ((error.rawCode ?? 0) & 0xff) === SQLITE_BUSY;
}
