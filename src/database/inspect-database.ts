import { stat } from 'node:fs/promises';
import Database from 'libsql/promise';
import type { DatabaseConfig } from '../config/database-url.ts';
import { UnavailableError } from '../errors.ts';
import { DIALECTS } from './dialect.ts';
import { migrationStatus, tableNames } from './migration-status.ts';
import { describeDatabase, type OpenClient, openClient } from './open-client.ts';
import { NoDatabaseError } from './server-failure.ts';
import type { Row, Statements } from './statements.ts';

/** What a look at a database tells without changing it. */
export interface DatabaseInspection {
  /** What it is, with its version. */
  readonly product: string;
  /** Size on disk, in bytes; of SQLite's files together, of a server's tables as the server estimates. */
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

/** As much of a connection as is used here; the library has no types for it. */
interface Connection {
  exec(sql: string): Promise<unknown>;
  prepare(sql: string): Promise<{ all(): Promise<unknown[]> }>;
  interrupt(): void;
  close(): void;
}

/**
 * Looks at a database; undefined where there is none, and none is made.
 *
 * @throws {TroupeError} when it cannot be read, or is no database
 */
export function inspectDatabase(
  database: DatabaseConfig,
  signal: AbortSignal,
): Promise<DatabaseInspection | undefined> {
  return database.provider === 'sqlite' ? inspectFile(database.file, signal) : inspectServer(database);
}

async function inspectFile(file: string, signal: AbortSignal): Promise<DatabaseInspection | undefined> {
  const bytes = await sizeOf(file);
  if (bytes === undefined) return undefined;
  return reading(file, signal, async (query) => {
    const rows = async (sql: string): Promise<Row[]> => (await query(sql)).map(toText);
    const [version] = await rows('SELECT sqlite_version() AS version');
    return {
      product: `SQLite ${version?.['version'] ?? ''}`,
      bytes,
      ...(await inspectTables({ rows, dialect: DIALECTS.sqlite })),
    };
  });
}

/** The versions of servers, and how much there is in one database. */
const SERVER_SIZE = {
  postgresql:
    "SELECT 'PostgreSQL ' || current_setting('server_version') AS product, pg_database_size(current_database()) AS bytes",
  mysql:
    "SELECT CONCAT('MySQL ', VERSION()) AS product, (SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables WHERE table_schema = DATABASE()) AS bytes",
} as const;

async function inspectServer(
  database: Exclude<DatabaseConfig, { provider: 'sqlite' }>,
): Promise<DatabaseInspection | undefined> {
  let opened: OpenClient;
  try {
    opened = await openClient(database);
  } catch (error) {
    if (error instanceof NoDatabaseError) return undefined;
    throw error;
  }
  const { statements, close } = opened;
  try {
    const [row] = await statements.rows(SERVER_SIZE[database.provider], []);
    return {
      product: row?.['product'] ?? '',
      bytes: Number(row?.['bytes']),
      ...(await inspectTables(statements)),
    };
  } catch (cause) {
    throw new UnavailableError(`cannot read the database ${describeDatabase(database)}`, { cause });
  } finally {
    await close().catch(() => undefined);
  }
}

const AS_TEXT = { sqlite: 'config', postgresql: 'config::text', mysql: 'config' } as const;

async function inspectTables(
  statements: Pick<Statements, 'rows' | 'dialect'>,
): Promise<Omit<DatabaseInspection, 'product' | 'bytes'>> {
  const config = AS_TEXT[statements.dialect.provider];
  const [agents] = (await tableNames(statements)).includes('agents')
    ? await statements.rows(
        `SELECT count(*) AS sealed FROM agents WHERE discord_token IS NOT NULL OR ${config} LIKE '%"$sealed"%'`,
        [],
      )
    : [];
  const { pending, unknown, unfinished } = await migrationStatus(statements);
  return { pending, unknown, unfinished, sealed: Number(agents?.['sealed'] ?? 0) };
}

/**
 * What SQLite finds wrong with a file; empty when nothing is. It reads the whole file, beside everything else.
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

function toText(row: Record<string, unknown>): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value === null ? null : String(value as string | number),
    ]),
  );
}

function unreadable(file: string, cause: unknown): UnavailableError {
  const remedy = 'Correct DATABASE_URL, let the user read it who runs Troupe, or restore a backup.';
  return new UnavailableError(`cannot read the database ${file}`, { remedy, cause });
}
