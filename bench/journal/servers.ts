import { randomBytes } from 'node:crypto';
import type { DatabaseConfig } from '../../src/config/database-url.ts';
import { openClient } from '../../src/database/open-client.ts';
import { TroupeError } from '../../src/errors.ts';

/** A database server that the journal is measured on. */
export type ServerName = 'postgresql' | 'mysql';

/** Where the servers are, with a user who may make databases: the same as for the tests. */
const ADDRESSES: Readonly<Record<ServerName, string>> = {
  postgresql: process.env['TROUPE_TEST_POSTGRESQL'] ?? 'postgresql://postgres@127.0.0.1:5432/postgres',
  mysql: process.env['TROUPE_TEST_MYSQL'] ?? 'mysql://root@127.0.0.1:3306/mysql',
};

/** A database at a server, for a while. */
export interface ServerDatabase {
  /** It is not made yet: whoever opens it makes it. */
  readonly config: DatabaseConfig;
  drop(): Promise<void>;
}

const present = new Set<ServerDatabase>();

/** Says why a server cannot be used; undefined when it can. */
export async function problemOf(server: ServerName): Promise<string | undefined> {
  try {
    await (await openClient({ provider: server, url: ADDRESSES[server] })).close();
    return undefined;
  } catch (error) {
    if (error instanceof TroupeError) return error.message;
    throw error;
  }
}

/** Names a database of its own. */
export function serverDatabase(server: ServerName): ServerDatabase {
  const name = `troupe_bench_${randomBytes(6).toString('hex')}`;
  const url = new URL(ADDRESSES[server]);
  url.pathname = name;
  let dropping: Promise<void> | undefined;
  const database: ServerDatabase = {
    config: { provider: server, url: url.href },
    drop() {
      dropping ??= drop(server, name).finally(() => present.delete(database));
      return dropping;
    },
  };
  present.add(database);
  return database;
}

async function drop(server: ServerName, name: string): Promise<void> {
  const opened = await openClient({ provider: server, url: ADDRESSES[server] });
  try {
    // Whoever was ended by force may still be connected.
    const force = server === 'postgresql' ? ' WITH (FORCE)' : '';
    await opened.statements.run(`DROP DATABASE IF EXISTS ${name}${force}`, []);
  } finally {
    await opened.close();
  }
}

/** Drops what is left of them: for when the bench is ended early. Never rejects. */
export async function dropAllDatabases(): Promise<void> {
  await Promise.all(
    [...present].map(async (database) => {
      try {
        await database.drop();
      } catch (error) {
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      }
    }),
  );
}
