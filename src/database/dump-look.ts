import { stat } from 'node:fs/promises';
import type { DatabaseConfig } from '../config/database-url.ts';
import { countContents, type DatabaseContents } from './dump-contents.ts';
import { reading } from './dump-snapshot.ts';
import { telling } from './dump-trouble.ts';
import { openClient } from './open-client.ts';

/**
 * What a database holds; undefined where there is none, or nothing of Troupe in it. A SQLite file is not made.
 *
 * @param create - whether a server is to make the database, empty, where it has none
 */
export async function lookAt(
  database: DatabaseConfig,
  create = false,
): Promise<DatabaseContents | undefined> {
  const { provider } = database;
  if (provider === 'sqlite' && !(await isThere(database.file))) return undefined;
  if (provider !== 'sqlite' && create) await make(database);
  return reading(database, async ({ transaction, migrations }) =>
    migrations.applied.length === 0 ? undefined : countContents(transaction, provider),
  );
}

function make(database: DatabaseConfig): Promise<void> {
  return telling(database, async () => (await openClient(database, { create: true })).close());
}

/** An empty file is no database yet. */
async function isThere(file: string): Promise<boolean> {
  try {
    return (await stat(file)).size > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
