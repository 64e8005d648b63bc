import { stat } from 'node:fs/promises';
import type { DatabaseConfig } from '../config/database-url.ts';
import { reading } from './dump-snapshot.ts';

/** Whether two addresses are those of one database, however they are written. */
export async function isSameDatabase(one: DatabaseConfig, other: DatabaseConfig): Promise<boolean> {
  if (one.provider !== other.provider) return false;
  const [first, second] = [await identityOf(one), await identityOf(other)];
  return first !== undefined && first === second;
}

/** Undefined: it is not there yet. */
async function identityOf(database: DatabaseConfig): Promise<string | undefined> {
  if (database.provider === 'sqlite') {
    try {
      const { dev, ino } = await stat(database.file, { bigint: true });
      return `${dev}:${ino}`;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
  const sql = IDENTITY[database.provider];
  const rows = await reading(database, ({ transaction }) =>
    transaction.$queryRawUnsafe<{ name: string }[]>(sql),
  );
  return rows[0]?.name;
}

/** The server by when it started, or where it has its files; and the database by its name. */
const IDENTITY = {
  postgresql:
    "SELECT concat_ws(' ', pg_postmaster_start_time(), current_database(), current_schema()) AS name",
  mysql: "SELECT concat_ws(' ', @@hostname, @@port, @@datadir, DATABASE()) AS name",
} as const;
