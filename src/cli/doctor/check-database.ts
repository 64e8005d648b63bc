import type { DatabaseConfig } from '../../config/database-url.ts';
import { checkIntegrity, type DatabaseInspection, inspectDatabase } from '../../database/inspect-database.ts';
import { describeDatabase } from '../../database/open-client.ts';
import { bytesInWords } from './bytes-in-words.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

/** What is known of a database after a look at it. */
export interface CheckedDatabase {
  readonly findings: readonly Finding[];
  /** Undefined where there is none. */
  readonly inspection: DatabaseInspection | undefined;
  /** Whether its tables are those of this version. */
  readonly isCurrent: boolean;
}

/**
 * Whether the database can be read and its schema is up to date. Makes none, and applies no migration.
 *
 * @throws {TroupeError} when it cannot be read, or is no database
 */
export async function checkDatabase(database: DatabaseConfig, signal: AbortSignal): Promise<CheckedDatabase> {
  const place = describeDatabase(database);
  const inspection = await inspectDatabase(database, signal);
  if (inspection === undefined) {
    const findings = [ok('database', `there is none at ${place} yet; the first start makes it`)];
    return { findings, inspection, isCurrent: false };
  }
  const schema = checkSchema(inspection);
  const { product, bytes } = inspection;
  const found = ok('database', `${place}, ${bytesInWords(bytes)} (${product})`);
  return { findings: [found, schema], inspection, isCurrent: schema.status === 'ok' };
}

/**
 * Whether SQLite finds the file in order. Reads all of it.
 *
 * @throws {UnavailableError} when it cannot be read, or is no database
 */
export async function checkFile(file: string, signal: AbortSignal): Promise<Finding> {
  const problems = await checkIntegrity(file, signal);
  if (problems.length === 0) return ok('integrity', 'SQLite finds the file in order');
  const remedy = 'Stop the host, keep a copy of the file, and restore a backup.';
  return wrong('integrity', `the file is damaged: ${problems.join('; ')}`, remedy);
}

function checkSchema({ pending, unknown, unfinished }: DatabaseInspection): Finding {
  if (unfinished.length > 0) {
    const message = `a migration was begun and not finished: ${unfinished.join(', ')}`;
    return wrong('schema', message, 'Resolve it with `npx prisma migrate resolve`, or restore a backup.');
  }
  if (unknown.length > 0) {
    const message = `a newer version of Troupe made it: ${unknown.join(', ')}`;
    return wrong('schema', message, 'Run that version, or restore a backup from before.');
  }
  if (pending.length > 0) {
    const message = `migrations are pending: ${pending.join(', ')}`;
    return warning(
      'schema',
      message,
      'The next start of Troupe applies them; make a backup before (`npm run db -- backup`).',
    );
  }
  return ok('schema', 'up to date');
}
