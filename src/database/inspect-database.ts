import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import Database from 'libsql/promise';
import { UnavailableError } from '../errors.ts';

/** What a look at a database tells without changing it. */
export interface DatabaseInspection {
  /** Size on disk, in bytes, with what is not yet in the main file. */
  readonly bytes: number;
  /** Migrations of this version that the database lacks, oldest first. */
  readonly pending: readonly string[];
  /** Migrations of the database that this version does not know: a newer one made them. */
  readonly unknown: readonly string[];
  /** Migrations that were begun and not finished. */
  readonly unfinished: readonly string[];
  /** Agents with a token or a key that is stored encrypted. */
  readonly sealed: number;
}

const MIGRATIONS = path.join(import.meta.dirname, '../../prisma/sqlite/migrations');

/** As much of a connection as is used here; the library has no types for it. */
interface Connection {
  exec(sql: string): Promise<unknown>;
  prepare(sql: string): Promise<{ all(): Promise<unknown[]> }>;
  interrupt(): void;
  close(): void;
}

/**
 * Looks at a SQLite database; undefined where there is none, and none is made.
 *
 * @throws {UnavailableError} when it cannot be read, or is no database
 */
export async function inspectDatabase(
  file: string,
  signal: AbortSignal,
): Promise<DatabaseInspection | undefined> {
  const bytes = await sizeOf(file);
  if (bytes === undefined) return undefined;
  return reading(file, signal, async (query) => {
    const tables = (await query('SELECT name FROM sqlite_master')).map(({ name }) => name);
    const migrations = tables.includes('_prisma_migrations')
      ? await query(
          'SELECT migration_name AS name, finished_at AS done FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
        )
      : [];
    const [agents] = tables.includes('agents')
      ? await query(
          `SELECT count(*) AS sealed FROM agents WHERE discord_token IS NOT NULL OR config LIKE '%"$sealed"%'`,
        )
      : [];
    const known = await migrationNames();
    const applied = migrations.map(({ name }) => String(name));
    return {
      bytes,
      pending: known.filter((name) => !applied.includes(name)),
      unknown: applied.filter((name) => !known.includes(name)),
      unfinished: applied.filter((_, index) => migrations[index]?.['done'] === null),
      sealed: Number(agents?.['sealed'] ?? 0),
    };
  });
}

/**
 * What SQLite finds wrong with a database; empty when nothing is. It reads the whole file, beside everything else.
 *
 * @throws {UnavailableError} when it cannot be read, or is no database
 */
export function checkIntegrity(file: string, signal: AbortSignal): Promise<string[]> {
  return reading(file, signal, async (query) => {
    const rows = await query('PRAGMA quick_check(10)');
    return rows.map((row) => String(Object.values(row)[0])).filter((line) => line !== 'ok');
  });
}

type Query = (sql: string) => Promise<Record<string, unknown>[]>;

async function reading<Result>(
  file: string,
  signal: AbortSignal,
  read: (query: Query) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  let connection: Connection | undefined;
  const giveUp = (): void => {
    connection?.interrupt();
  };
  try {
    const opened: Connection = new Database(file, {});
    connection = opened;
    signal.addEventListener('abort', giveUp, { once: true });
    await opened.exec('PRAGMA query_only = ON');
    return await read(async (sql) => {
      const statement = await opened.prepare(sql);
      return (await statement.all()) as Record<string, unknown>[];
    });
  } catch (cause) {
    signal.throwIfAborted();
    throw unreadable(file, cause);
  } finally {
    signal.removeEventListener('abort', giveUp);
    connection?.close();
  }
}

/** The file with its write-ahead log; undefined when there is no file. */
async function sizeOf(file: string): Promise<number | undefined> {
  const sizes = await Promise.all(
    [file, `${file}-wal`].map(async (part) => {
      try {
        return (await stat(part)).size;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw unreadable(file, error);
      }
    }),
  );
  const [main, log = 0] = sizes;
  return main === undefined ? undefined : main + log;
}

async function migrationNames(): Promise<string[]> {
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

function unreadable(file: string, cause: unknown): UnavailableError {
  const remedy = 'Correct DATABASE_URL, let the user read it who runs Troupe, or restore a backup.';
  return new UnavailableError(`cannot read the database ${file}`, { remedy, cause });
}
