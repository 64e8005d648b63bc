import { stat } from 'node:fs/promises';
import type { DatabaseConfig } from '../config/database-url.ts';
import { countContents, type DatabaseContents } from './dump-contents.ts';
import { reading } from './dump-snapshot.ts';
import type { Prisma } from './generated/sqlite/client.ts';
import type { MigrationStatus } from './migration-status.ts';

/** A look at a database. */
export interface DatabaseStatus extends DatabaseContents {
  /** Its size: of its files, or what the server counts. */
  readonly bytes: number;
  readonly migrations: MigrationStatus;
}

/**
 * Looks at a database and changes nothing.
 *
 * @throws {TroupeError} when it is not there, or cannot be reached
 */
export function databaseStatus(database: DatabaseConfig): Promise<DatabaseStatus> {
  return reading(database, async ({ transaction, migrations }) => ({
    ...(await countContents(transaction, database.provider)),
    bytes: database.provider === 'sqlite' ? await sizeOf(database.file) : await sizeAt(transaction, database),
    migrations,
  }));
}

const SIZE = {
  postgresql: 'SELECT CAST(pg_database_size(current_database()) AS BIGINT) AS bytes',
  mysql:
    'SELECT CAST(COALESCE(SUM(data_length + index_length), 0) AS SIGNED) AS bytes FROM information_schema.tables WHERE table_schema = DATABASE()',
} as const;

async function sizeAt(
  transaction: Prisma.TransactionClient,
  { provider }: Exclude<DatabaseConfig, { provider: 'sqlite' }>,
): Promise<number> {
  const rows = await transaction.$queryRawUnsafe<{ bytes: bigint | number }[]>(SIZE[provider]);
  return Number(rows[0]?.bytes ?? 0);
}

/** The file with its write-ahead log. */
async function sizeOf(file: string): Promise<number> {
  const parts = [file, `${file}-wal`].map((part) =>
    stat(part).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(parts)).reduce((sum, size) => sum + size, 0);
}
