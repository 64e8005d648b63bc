import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
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
  /** A Prisma client on it that notes its statements; the schema has to be there. */
  client(): { client: PrismaClient; statements: string[] };
  /** Reads or writes it with another library altogether. */
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
      const client = new PrismaClient({
        adapter: new SqliteAdapter(file),
        log: [{ emit: 'event', level: 'query' }],
      });
      const statements: string[] = [];
      client.$on('query', ({ query }) => statements.push(query));
      onTestFinished(() => client.$disconnect());
      return { client: client as unknown as PrismaClient, statements };
    },
    raw(sql) {
      const database = new DatabaseSync(file);
      try {
        return database.prepare(sql).all();
      } finally {
        database.close();
      }
    },
  };
}
