import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client, Config, Transaction, TransactionMode } from '@libsql/client';
import Sqlite from 'libsql';
import { onTestFinished } from 'vitest';
import { PrismaClient } from '../../src/database/generated/sqlite/client.ts';
import { type Database, type DatabaseOptions, openDatabase } from '../../src/database/open-database.ts';
import { SqliteAdapter } from '../../src/database/sqlite-adapter.ts';
import { silentLogger } from '../../src/observability/logger.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** The key of every test database that is not told another. */
export const TEST_KEY = Buffer.alloc(32, 7);

/** A database file for one test. */
export interface TestDatabase {
  readonly directory: string;
  readonly file: string;
  /** Opens it as the host does; closed with the test. */
  open(options?: Partial<DatabaseOptions>): Promise<Database>;
  /** A Prisma client on it, and every statement that reached the database; the schema has to be there. */
  client(): { client: PrismaClient; adapter: SqliteAdapter; statements: string[] };
  /** Reads or writes it past everything of ours. */
  raw(sql: string): Record<string, unknown>[];
}

/** Names a database file that is not there yet; gone with the test. */
export async function testDatabase(name = 'troupe.db'): Promise<TestDatabase> {
  const directory = await temporaryDirectory();
  const file = path.join(directory, name);
  return {
    directory,
    file,
    async open(options = {}) {
      const database = await openDatabase({
        database: { provider: 'sqlite', url: pathToFileURL(file).href, file },
        secretKey: { key: TEST_KEY, file: path.join(directory, 'secret.key') },
        logger: silentLogger,
        ...options,
      });
      onTestFinished(() => database.close());
      return database;
    },
    client() {
      const statements: string[] = [];
      const adapter = new WatchedAdapter(file, statements);
      const client = new PrismaClient({ adapter });
      onTestFinished(() => client.$disconnect());
      return { client, adapter, statements };
    },
    raw(sql) {
      // The same library as the program's: a second SQLite in one process undoes the locks of the first.
      const connection = new Sqlite(file);
      try {
        if (/^(SELECT|PRAGMA)/.test(sql)) return connection.prepare(sql).all() as Record<string, unknown>[];
        connection.exec(sql);
        return [];
      } finally {
        connection.close();
      }
    },
  };
}

/** How Prisma begins a transaction. */
interface Begins {
  transaction(mode: TransactionMode): Promise<Transaction>;
}

/** The program's own adapter, with a look at what goes through. */
class WatchedAdapter extends SqliteAdapter {
  readonly #statements: string[];

  constructor(file: string, statements: string[]) {
    super(file);
    this.#statements = statements;
  }

  override createClient(config: Config): Client {
    const client = super.createClient(config);
    const execute = client.execute.bind(client) as (statement: unknown) => ReturnType<Client['execute']>;
    client.execute = (statement: unknown) => {
      this.#statements.push(typeof statement === 'string' ? statement : (statement as { sql: string }).sql);
      return execute(statement);
    };
    const begin = (client as Begins).transaction.bind(client);
    const watched = async (mode: TransactionMode): Promise<Transaction> => {
      const transaction = await begin(mode);
      this.#statements.push('BEGIN');
      const commit = transaction.commit.bind(transaction);
      transaction.commit = async () => {
        await commit();
        this.#statements.push('COMMIT');
      };
      return transaction;
    };
    return Object.assign(client, { transaction: watched });
  }
}
