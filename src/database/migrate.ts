import { createHash, randomUUID } from 'node:crypto';
import { ConfigError, TroupeError, UnavailableError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import type { Dialect } from './dialect.ts';
import { type Migration, migrationsFolder, readMigrations, statementsOf } from './migration-files.ts';
import { compareMigrations, type MigrationRow, migrationRows, tableNames } from './migration-status.ts';
import type { Statements, TransactionStatements } from './statements.ts';

/** The bookkeeping table of Prisma Migrate, so that `prisma migrate deploy` and the host agree on what is done. */
const BOOKKEEPING: Readonly<Record<Dialect['provider'], string>> = {
  sqlite: `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "checksum" TEXT NOT NULL,
  "finished_at" DATETIME,
  "migration_name" TEXT NOT NULL,
  "logs" TEXT,
  "rolled_back_at" DATETIME,
  "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0
)`,
  postgresql: `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`,
  mysql: `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at DATETIME(3),
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at DATETIME(3),
  started_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  applied_steps_count INTEGER UNSIGNED NOT NULL DEFAULT 0
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
};

const BEGUN =
  'INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, applied_steps_count) VALUES (?, ?, ?, ?, 0)';
const STEP = 'UPDATE _prisma_migrations SET applied_steps_count = ? WHERE id = ?';
const FINISHED = 'UPDATE _prisma_migrations SET finished_at = ?, applied_steps_count = 1 WHERE id = ?';

/** What the database that statements run on is called. */
const PLACE: Readonly<Record<Dialect['provider'], string>> = {
  sqlite: "SELECT file AS place FROM pragma_database_list WHERE name = 'main'",
  postgresql: "SELECT current_database() || ', schema ' || current_schema() AS place",
  mysql: 'SELECT DATABASE() AS place',
};

const REMEDY_FOREIGN: Readonly<Record<Dialect['provider'], string>> = {
  sqlite: 'Give Troupe a file of its own.',
  postgresql: 'Give Troupe a database or a schema (?schema=NAME) of its own.',
  mysql: 'Give Troupe a database of its own.',
};

/** Prisma Migrate's own locks: it and we never work at the same time. */
const POSTGRESQL_LOCK = 72_707_369;
const MYSQL_LOCK = 'prisma_migrate';

/** How often MySQL's lock is waited for, and how long each time, in seconds. */
const MYSQL_LOCK_TRIES = 30;
const MYSQL_LOCK_WAIT = 10;

/**
 * MySQL's numbers for: this table, column, index or foreign key is there already, or is gone already. MariaDB has no
 * number of its own for a foreign key.
 */
const DONE_ALREADY: ReadonlySet<string> = new Set([
  '1050',
  '1060',
  '1061',
  '1826',
  '1005',
  '1022',
  '1051',
  '1091',
]);

/**
 * Brings the schema up to date with migrations, oldest first.
 *
 * On SQLite and PostgreSQL all or none. MySQL commits each change of the schema by itself: there it is written down
 * after each statement how far a migration is, and whoever comes after a process that died in the middle goes on there.
 *
 * Safe when several processes start at once: the first holds the database or a lock, the others then find nothing left
 * to do.
 *
 * @param folder - with a folder for each migration. Default: those of this database
 * @returns the names of the migrations that were applied
 * @throws {ConfigError} when the database is newer than this program
 * @throws {TroupeError} when a migration was left half-done that cannot be gone on with
 */
export async function migrate(
  statements: Statements,
  logger: Logger,
  folder: string = migrationsFolder(statements.dialect.provider),
): Promise<string[]> {
  const migrations = await readMigrations(folder);
  const applied = await statements.session((session) => alone(session, () => applyAll(session, migrations)));
  for (const name of applied) logger.info('applied a database migration', { migration: name });
  return applied;
}

/** Does this while no other process does. */
async function alone<Result>(session: TransactionStatements, work: () => Promise<Result>): Promise<Result> {
  switch (session.dialect.provider) {
    // Whoever is in a transaction is alone there.
    case 'sqlite':
      return work();
    case 'postgresql':
      await session.run('SET LOCAL lock_timeout = 0', []);
      await session.rows(`SELECT pg_advisory_xact_lock(${POSTGRESQL_LOCK})::text`, []);
      return work();
    case 'mysql':
      await lockMysql(session);
      try {
        return await work();
      } finally {
        await session.rows('SELECT RELEASE_LOCK(?)', [MYSQL_LOCK]);
      }
  }
}

async function lockMysql(session: TransactionStatements): Promise<void> {
  for (let tries = 0; tries < MYSQL_LOCK_TRIES; tries++) {
    const [row] = await session.rows(`SELECT GET_LOCK(?, ${MYSQL_LOCK_WAIT}) AS locked`, [MYSQL_LOCK]);
    if (row?.['locked'] === '1') return;
  }
  throw new UnavailableError('another process has been changing the schema of the database for minutes');
}

async function applyAll(session: TransactionStatements, migrations: readonly Migration[]): Promise<string[]> {
  const tables = await tableNames(session);
  const rows = tables.includes('_prisma_migrations') ? await migrationRows(session) : [];
  const pending = pendingMigrations(session.dialect, migrations, rows);
  const fresh = pending.filter(({ name }) => !rows.some((row) => row.name === name));
  await refuseForeignTables(session, fresh, tables);
  await session.run(BOOKKEEPING[session.dialect.provider], []);
  for (const migration of pending) {
    await apply(
      session,
      migration,
      rows.find(({ name }) => name === migration.name),
    );
  }
  return pending.map(({ name }) => name);
}

async function apply(
  session: TransactionStatements,
  migration: Migration,
  begun: MigrationRow | undefined,
): Promise<void> {
  const id = begun?.id ?? randomUUID();
  if (begun === undefined) await session.run(BEGUN, [id, checksumOf(migration), migration.name, new Date()]);
  const first = begun?.steps ?? 0;
  for (const [index, statement] of statementsOf(migration).slice(first).entries()) {
    try {
      await session.run(statement, []);
    } catch (error) {
      // Whoever died may have done this one without writing it down, and no other.
      if (begun === undefined || index > 0 || !isDoneAlready(error)) throw error;
    }
    await session.run(STEP, [first + index + 1, id]);
  }
  await session.run(FINISHED, [new Date(), id]);
}

/**
 * A table that a migration makes, and is there before it has begun, is another program's.
 *
 * @throws {TroupeError}
 */
async function refuseForeignTables(
  session: TransactionStatements,
  migrations: readonly Migration[],
  tables: readonly string[],
): Promise<void> {
  const made = migrations.flatMap(({ sql }) => [...sql.matchAll(/^CREATE TABLE ["`](\w+)["`]/gm)]);
  const foreign = made.map(([, name = '']) => name).find((name) => tables.includes(name));
  if (foreign === undefined) return;
  const [row] = await session.rows(PLACE[session.dialect.provider], []);
  throw new TroupeError(
    `the database ${row?.['place'] ?? ''} has a table ${foreign} that Troupe did not make; nothing was changed`,
    { remedy: REMEDY_FOREIGN[session.dialect.provider] },
  );
}

/** The migrations that are still to be applied or finished, in order. */
function pendingMigrations(
  dialect: Dialect,
  migrations: readonly Migration[],
  rows: readonly MigrationRow[],
): Migration[] {
  const { pending, unknown } = compareMigrations(migrations, rows);
  const [stranger] = unknown;
  if (stranger !== undefined) {
    throw new ConfigError(`the database has a migration that this version does not know: ${stranger}`, {
      remedy:
        'Run the newer version of Troupe that made it, or restore a backup from before into a new database.',
    });
  }
  return migrations.filter((migration) => {
    const row = rows.find(({ name }) => name === migration.name);
    if (row === undefined || row.isFinished) return pending.includes(migration.name);
    if (dialect.provider === 'mysql' && row.logs === null && row.checksum === checksumOf(migration))
      return true;
    throw new TroupeError(`the database migration ${migration.name} was begun and not finished`, {
      remedy: 'Resolve it with `npx prisma migrate resolve`, or restore a backup into a new database.',
    });
  });
}

function checksumOf({ sql }: Migration): string {
  return createHash('sha256').update(sql).digest('hex');
}

function isDoneAlready(error: unknown): boolean {
  const code =
    error instanceof Error ? (error.cause as { originalCode?: string } | undefined)?.originalCode : '';
  return DONE_ALREADY.has(code ?? '');
}
