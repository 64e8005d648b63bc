import { mkdir, open, stat } from 'node:fs/promises';
import path from 'node:path';
import type { DatabaseConfig } from '../config/database-url.ts';
import { TroupeError, UnavailableError } from '../errors.ts';
import type { StatementObserver } from '../observability/observers/statement-observer.ts';
import { DIALECTS } from './dialect.ts';
import type { AdapterFactory } from './driver-adapter.ts';
import type { PrismaClient } from './generated/sqlite/client.ts';
import { observeStatements } from './observe-statements.ts';
import { placeOf, serverAddress } from './server-address.ts';
import { Statements } from './statements.ts';

/** A database that can be used, whatever its tables are. */
export interface OpenClient {
  readonly client: PrismaClient;
  /** On the same connections. */
  readonly statements: Statements;
  /** Lets go of it; once is enough. */
  readonly close: () => Promise<void>;
  /** Has whatever waits for it fail at once, and all that comes later; to be closed all the same. */
  readonly destroy: () => void;
}

/** How {@link openClient} opens. */
export interface OpenClientOptions {
  /** Whether a database that is not there is made, empty. Default: no. */
  readonly create?: boolean | undefined;
  /** Told when one was made. */
  readonly onCreated?: ((what: string) => void) | undefined;
  /** How long a statement may take at a server, in milliseconds. Default: a minute. */
  readonly statementTimeout?: number | undefined;
  /** Told how long each statement took. */
  readonly onStatement?: StatementObserver | undefined;
}

/**
 * Opens a database as it is: changes no table, and applies no migration. What only another database needs is not loaded.
 *
 * @throws {ConfigError} when the server does not let this user in or has no such database, or its address is wrong
 * @throws {UnavailableError} when it cannot be reached or opened
 */
export async function openClient(
  database: DatabaseConfig,
  options: OpenClientOptions = {},
): Promise<OpenClient> {
  const factory = await openAdapter(database, options);
  try {
    const adapter = await factory.connect();
    if (options.onStatement !== undefined) observeStatements(adapter, options.onStatement);
    const { PrismaClient: Client } = await loadClient(database.provider);
    const client = new Client({ adapter: factory });
    let closing: Promise<void> | undefined;
    return {
      client,
      statements: new Statements(adapter, DIALECTS[database.provider]),
      close() {
        // The client lets go only of what it used itself.
        closing ??= client.$connect().then(() => client.$disconnect());
        return closing;
      },
      destroy: () => {
        factory.destroy();
      },
    };
  } catch (cause) {
    if (cause instanceof TroupeError) throw cause;
    throw new UnavailableError(`cannot open the database ${describeDatabase(database)}`, { cause });
  }
}

/** Where a database is, for people: a file, or a name at a server. Without a password. */
export function describeDatabase(database: DatabaseConfig): string {
  if (database.provider === 'sqlite') return database.file;
  const address = serverAddress(database.provider, database.url);
  return `${address.database} at ${placeOf(address)}`;
}

async function openAdapter(
  database: DatabaseConfig,
  { create = false, onCreated, statementTimeout }: OpenClientOptions,
): Promise<AdapterFactory> {
  if (database.provider === 'sqlite') {
    await findFile(database.file, create);
    const { SqliteAdapter } = await import('./sqlite-adapter.ts');
    return new SqliteAdapter(database.file);
  }
  const address = serverAddress(database.provider, database.url);
  if (database.provider === 'postgresql') {
    const { findPostgresql } = await import('./postgresql-server.ts');
    await findPostgresql(address, create, onCreated);
    const { PostgresqlAdapter } = await import('./postgresql-adapter.ts');
    return new PostgresqlAdapter(address, statementTimeout);
  }
  const { findMysql } = await import('./mysql-server.ts');
  await findMysql(address, create, onCreated);
  const { MysqlAdapter } = await import('./mysql-adapter.ts');
  return new MysqlAdapter(address, statementTimeout);
}

/** What users wrote is in there: nobody else's to read. SQLite gives the files beside it the same mode. */
async function findFile(file: string, create: boolean): Promise<void> {
  try {
    if (create) {
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      await (await open(file, 'a', 0o600)).close();
    } else await stat(file);
  } catch (cause) {
    throw new UnavailableError(`cannot open the database ${file}`, { cause });
  }
}

/** The clients differ in what they generate, and in nothing that is used here. */
async function loadClient(
  provider: DatabaseConfig['provider'],
): Promise<{ PrismaClient: new (options: { adapter: AdapterFactory }) => PrismaClient }> {
  switch (provider) {
    case 'sqlite':
      return import('./generated/sqlite/client.ts');
    case 'postgresql':
      return (await import('./generated/postgresql/client.ts')) as unknown as ReturnType<typeof loadClient>;
    case 'mysql':
      return (await import('./generated/mysql/client.ts')) as unknown as ReturnType<typeof loadClient>;
  }
}
