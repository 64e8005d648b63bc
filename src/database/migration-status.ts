import type { Dialect } from './dialect.ts';
import { type Migration, migrationsFolder, readMigrations } from './migration-files.ts';
import type { TransactionStatements } from './statements.ts';

/** Which migrations a database has; names, oldest first. */
export interface MigrationStatus {
  readonly applied: readonly string[];
  /** Migrations of this version that the database lacks. */
  readonly pending: readonly string[];
  /** Migrations of the database that this version does not know: a newer one made them. */
  readonly unknown: readonly string[];
  /** Migrations that were begun and not finished. */
  readonly unfinished: readonly string[];
}

/** What the bookkeeping table says of a migration. */
export interface MigrationRow {
  readonly id: string;
  readonly name: string;
  readonly checksum: string;
  readonly isFinished: boolean;
  /** How many of its statements are done; only where it is not finished. */
  readonly steps: number;
  /** What Prisma Migrate wrote down when it failed. */
  readonly logs: string | null;
}

/** What a list of the tables is asked of. */
const TABLES: Readonly<Record<Dialect['provider'], string>> = {
  sqlite: `SELECT name AS table_name FROM sqlite_master WHERE type = 'table'`,
  postgresql: 'SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()',
  mysql: 'SELECT table_name AS table_name FROM information_schema.tables WHERE table_schema = DATABASE()',
};

/** The names of the tables that are there. */
export async function tableNames(
  statements: Pick<TransactionStatements, 'rows' | 'dialect'>,
): Promise<string[]> {
  const rows = await statements.rows(TABLES[statements.dialect.provider], []);
  return rows.map((row) => row['table_name'] ?? '');
}

/**
 * Which migrations a database has. Changes nothing; a database without tables is one that lacks them all.
 *
 * @param folder - with the migrations of this version. Default: those of this database
 */
export async function migrationStatus(
  statements: Pick<TransactionStatements, 'rows' | 'dialect'>,
  folder: string = migrationsFolder(statements.dialect.provider),
): Promise<MigrationStatus> {
  const isThere = (await tableNames(statements)).includes('_prisma_migrations');
  return compareMigrations(await readMigrations(folder), isThere ? await migrationRows(statements) : []);
}

/** What was applied, as far as it was not rolled back, oldest first. */
export async function migrationRows(
  statements: Pick<TransactionStatements, 'rows'>,
): Promise<MigrationRow[]> {
  const rows = await statements.rows(
    `SELECT id, migration_name AS name, checksum, logs, applied_steps_count AS steps,
       CASE WHEN finished_at IS NULL THEN 0 ELSE 1 END AS finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name`,
    [],
  );
  return rows.map(({ id, name, checksum, logs, steps, finished }) => ({
    id: id ?? '',
    name: name ?? '',
    checksum: checksum ?? '',
    isFinished: finished === '1',
    steps: Number(steps),
    logs: logs ?? null,
  }));
}

/** Compares what this version has with what was applied. */
export function compareMigrations(
  migrations: readonly Migration[],
  rows: readonly MigrationRow[],
): MigrationStatus {
  const known = migrations.map(({ name }) => name);
  const begun = rows.map(({ name }) => name);
  return {
    applied: rows.filter(({ isFinished }) => isFinished).map(({ name }) => name),
    pending: known.filter((name) => !begun.includes(name)),
    unknown: begun.filter((name) => !known.includes(name)),
    unfinished: rows.filter(({ isFinished }) => !isFinished).map(({ name }) => name),
  };
}
