import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { TroupeError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import type { PrismaClient } from './generated/sqlite/client.ts';

/** How long to wait for another process that migrates at the same time, and for the migrations, in ms. */
const PATIENCE = { maxWait: 30_000, timeout: 300_000 };

/** The bookkeeping table of Prisma Migrate, so that `prisma migrate deploy` and the host agree on what is done. */
const BOOKKEEPING = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "checksum" TEXT NOT NULL,
  "finished_at" DATETIME,
  "migration_name" TEXT NOT NULL,
  "logs" TEXT,
  "rolled_back_at" DATETIME,
  "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0
)`;

interface Migration {
  readonly name: string;
  readonly sql: string;
}

interface AppliedRow {
  readonly migration_name: string;
  readonly finished_at: unknown;
}

/**
 * Brings the schema up to date with the migrations in this folder, oldest first; all or none.
 *
 * Safe when several processes start at once: the first to write holds the database, the others then find
 * nothing left to do.
 *
 * @param folder - `prisma/<provider>/migrations`: a folder for each migration, with a `migration.sql`
 * @throws {TroupeError} when the database is newer than this program, or a migration was left half-done.
 */
export async function migrate(client: PrismaClient, folder: string, logger: Logger): Promise<void> {
  const migrations = await readMigrations(folder);
  const applied = await client.$transaction(async (transaction) => {
    await transaction.$executeRawUnsafe(BOOKKEEPING);
    const rows = await transaction.$queryRawUnsafe<AppliedRow[]>(
      'SELECT migration_name, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
    );
    const pending = pendingMigrations(migrations, rows);
    for (const migration of pending) {
      const startedAt = Date.now();
      for (const statement of statementsOf(migration.sql)) await transaction.$executeRawUnsafe(statement);
      await transaction.$executeRawUnsafe(
        'INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count) VALUES (?, ?, ?, ?, ?, 1)',
        randomUUID(),
        createHash('sha256').update(migration.sql).digest('hex'),
        migration.name,
        startedAt,
        Date.now(),
      );
    }
    return pending;
  }, PATIENCE);
  for (const { name } of applied) logger.info('applied a database migration', { migration: name });
}

/** The migrations that are still to be applied, in order. */
function pendingMigrations(migrations: readonly Migration[], rows: readonly AppliedRow[]): Migration[] {
  const done = new Set<string>();
  for (const row of rows) {
    if (row.finished_at === null) {
      throw new TroupeError(`the database migration ${row.migration_name} was begun and not finished`, {
        remedy: 'Resolve it with `npx prisma migrate resolve`, or restore a backup.',
      });
    }
    if (!migrations.some(({ name }) => name === row.migration_name)) {
      throw new TroupeError(
        `the database has a migration that this version does not know: ${row.migration_name}`,
        {
          remedy: 'Run the newer version of Troupe that made it, or restore a backup from before.',
        },
      );
    }
    done.add(row.migration_name);
  }
  return migrations.filter(({ name }) => !done.has(name));
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => ({
      name,
      sql: await readFile(path.join(folder, name, 'migration.sql'), 'utf8'),
    })),
  );
}

/** Single statements: Prisma's migrations end each with a semicolon at the end of a line. */
function statementsOf(sql: string): string[] {
  return sql
    .split(/;[ \t]*(?:\r?\n|$)/)
    .map((statement) => statement.replaceAll(/^\s*--.*$/gm, '').trim())
    .filter((statement) => statement !== '');
}
