import type { DatabaseConfig } from '../config/database-url.ts';
import type { Logger } from '../observability/logger.ts';
import type { StatementObserver } from '../observability/observers/statement-observer.ts';
import { migrate } from './migrate.ts';
import { migrationStatus } from './migration-status.ts';
import { type OpenClient, openClient } from './open-client.ts';

/** How long a statement of a migration may take at a server, in milliseconds: tables may be large. */
const PATIENCE = 3_600_000;

/**
 * Opens a database, makes it where there is none, and brings its schema up to date.
 *
 * @param onStatement - told how long each statement took from then on
 * @throws {ConfigError} when the server does not let this user in or make the database, or its address is wrong
 * @throws {UnavailableError} when it cannot be reached or opened
 * @throws {TroupeError} when it is newer than this program, or a migration was left half-done
 */
export async function openMigrated(
  database: DatabaseConfig,
  logger: Logger,
  onStatement?: StatementObserver,
): Promise<OpenClient> {
  const opened = await openClient(database, {
    create: true,
    onStatement,
    onCreated: (what) => {
      logger.info(`made ${what}`);
    },
  });
  try {
    if (database.provider === 'sqlite') await migrate(opened.statements, logger);
    else if (await isBehind(opened)) await migratePatiently(database, logger);
    return opened;
  } catch (error) {
    await opened.close().catch(() => undefined);
    throw error;
  }
}

async function isBehind({ statements }: OpenClient): Promise<boolean> {
  const { pending, unknown, unfinished } = await migrationStatus(statements);
  return pending.length + unknown.length + unfinished.length > 0;
}

async function migratePatiently(database: DatabaseConfig, logger: Logger): Promise<void> {
  const patient = await openClient(database, { statementTimeout: PATIENCE });
  try {
    await migrate(patient.statements, logger);
  } finally {
    await patient.close();
  }
}
