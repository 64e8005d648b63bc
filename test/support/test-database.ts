import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import Sqlite from 'libsql';
import { onTestFinished } from 'vitest';
import type { DatabaseConfig } from '../../src/config/database-url.ts';
import { DIALECTS } from '../../src/database/dialect.ts';
import type { AdapterFactory, DriverAdapter } from '../../src/database/driver-adapter.ts';
import { PrismaClient } from '../../src/database/generated/sqlite/client.ts';
import { tableNames } from '../../src/database/migration-status.ts';
import { type OpenClient, openClient } from '../../src/database/open-client.ts';
import { type Database, type DatabaseOptions, openDatabase } from '../../src/database/open-database.ts';
import { SqliteAdapter } from '../../src/database/sqlite-adapter.ts';
import { type Row, Statements } from '../../src/database/statements.ts';
import { silentLogger } from '../../src/observability/logger.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** The key of every test database that is not told another. */
export const TEST_KEY = Buffer.alloc(32, 7);

/** A database for one test. */
export interface TestDatabase {
  readonly provider: DatabaseConfig['provider'];
  /** Where it is, as `DATABASE_URL` says it. */
  readonly url: string;
  readonly config: DatabaseConfig;
  /** A folder for files that go with it. */
  readonly directory: string;
  /** SQLite's; empty elsewhere. */
  readonly file: string;
  /** Opens it as the host does; closed with the test. */
  open(options?: Partial<DatabaseOptions>): Promise<Database>;
  /** A Prisma client on it, and every statement that reached the database; the schema has to be there. */
  client(): TestClient;
  /** The same with statements of ours on the same connections. */
  connect(): Promise<TestClient & { readonly connection: Statements }>;
  /** Reads or writes it past every table of ours; what comes out is text on every database. */
  query(sql: string): Promise<Row[]>;
  /** All that is stored: the bytes of SQLite's files, elsewhere every row of every table. */
  contents(): Promise<Buffer>;
  /** Reads or writes a SQLite database past everything of ours; there is none elsewhere. */
  raw(sql: string): Record<string, unknown>[];
}

/** A client with a look at what goes through it. */
export interface TestClient {
  readonly client: PrismaClient;
  readonly adapter: AdapterFactory;
  /** Statements as they reach the database, with BEGIN and COMMIT. */
  readonly statements: string[];
}

/** What differs between the databases. */
export interface TestDatabaseParts extends Pick<TestDatabase, 'url' | 'config' | 'file' | 'raw'> {
  /** Told of every statement that goes past the tables of ours. */
  readonly onQuery?: (sql: string) => void;
  readonly adapter: () => AdapterFactory;
  readonly Client: new (options: { adapter: AdapterFactory }) => PrismaClient;
}

/** Names a SQLite file that is not there yet; gone with the test. */
export async function testDatabase(name = 'troupe.db'): Promise<TestDatabase> {
  const directory = await temporaryDirectory();
  const file = path.join(directory, name);
  const { href } = pathToFileURL(file);
  return assembleTestDatabase(directory, {
    url: href,
    config: { provider: 'sqlite', url: href, file },
    file,
    adapter: () => new SqliteAdapter(file),
    Client: PrismaClient,
    raw(sql) {
      // The same library as the program's: a second SQLite in one process undoes the locks of the first.
      const connection = new Sqlite(file);
      try {
        if (/^(SELECT|PRAGMA|EXPLAIN)/.test(sql))
          return connection.prepare(sql).all() as Record<string, unknown>[];
        connection.exec(sql);
        return [];
      } finally {
        connection.close();
      }
    },
  });
}

/** Makes a test database of what differs from others. */
export function assembleTestDatabase(directory: string, parts: TestDatabaseParts): TestDatabase {
  const { url, config, file, raw, adapter: makeAdapter, Client, onQuery } = parts;
  const { provider } = config;
  const client = (): TestClient => {
    const statements: string[] = [];
    const adapter = watched(makeAdapter(), statements);
    const made = new Client({ adapter });
    onTestFinished(async () => {
      await made.$connect();
      await made.$disconnect();
    });
    return { client: made, adapter, statements };
  };
  // A second connection to a SQLite file is not to stay: whoever closes the last one tidies up.
  let kept: Promise<OpenClient> | undefined;
  const opened = (): Promise<OpenClient> => {
    if (provider === 'sqlite') return openClient(config);
    if (kept === undefined) {
      kept = openClient(config);
      onTestFinished(async () => (await kept)?.close());
    }
    return kept;
  };
  return {
    provider,
    url,
    config,
    directory,
    file,
    raw,
    client,
    async open(options = {}) {
      const database = await openDatabase({
        database: config,
        secretKey: { key: TEST_KEY, file: path.join(directory, 'secret.key') },
        logger: silentLogger,
        ...options,
      });
      onTestFinished(() => database.close());
      return database;
    },
    async connect() {
      const made = client();
      return { ...made, connection: new Statements(await made.adapter.connect(), DIALECTS[provider]) };
    },
    async contents() {
      if (provider === 'sqlite') {
        const names = (await readdir(directory)).filter((name) => name.startsWith(path.basename(file)));
        return Buffer.concat(await Promise.all(names.map((name) => readFile(path.join(directory, name)))));
      }
      const { statements } = await opened();
      const tables = await tableNames(statements);
      const rows = await Promise.all(tables.map((table) => statements.rows(`SELECT * FROM ${table}`, [])));
      // As it stands in the columns, without the backslashes of JSON.
      return Buffer.from(
        rows
          .flat()
          .flatMap((row) => Object.values(row))
          .join('\n'),
      );
    },
    async query(sql) {
      onQuery?.(sql);
      const { statements, close } = await opened();
      try {
        if (/^\s*(SELECT|PRAGMA|SHOW|EXPLAIN)/i.test(sql)) return await statements.rows(sql, []);
        for (const one of provider === 'postgresql'
          ? [sql]
          : sql.split(/;\s*(?=(?:INSERT|UPDATE|DELETE|CREATE|ALTER|DROP)\b)/)) {
          await statements.run(one, []);
        }
        return [];
      } finally {
        if (provider === 'sqlite') await close();
      }
    },
  };
}

/** An adapter that writes down every statement. */
function watched(adapter: AdapterFactory, statements: string[]): AdapterFactory {
  const connect = adapter.connect.bind(adapter);
  const known = new WeakSet<DriverAdapter>();
  return Object.assign(adapter, {
    async connect() {
      const connection = await connect();
      if (known.has(connection)) return connection;
      known.add(connection);
      const dispose = connection.dispose.bind(connection);
      let disposed: Promise<void> | undefined;
      connection.dispose = () => (disposed ??= dispose());
      watch(connection, statements);
      const begin = connection.startTransaction.bind(connection);
      connection.startTransaction = async (...options) => {
        const transaction = await begin(...options);
        statements.push('BEGIN');
        watch(transaction, statements);
        const commit = transaction.commit.bind(transaction);
        transaction.commit = async () => {
          await commit();
          statements.push('COMMIT');
        };
        return transaction;
      };
      return connection;
    },
  });
}

function watch(on: Pick<DriverAdapter, 'queryRaw' | 'executeRaw'>, statements: string[]): void {
  const [query, execute] = [on.queryRaw.bind(on), on.executeRaw.bind(on)];
  on.queryRaw = (asked) => {
    statements.push(asked.sql);
    return query(asked);
  };
  on.executeRaw = (asked) => {
    statements.push(asked.sql);
    return execute(asked);
  };
}
