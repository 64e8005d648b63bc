import type { DatabaseConfig } from '../../config/database-url.ts';
import { InputError, messageOf, TroupeError } from '../../errors.ts';

/** What SQLite says of a file that it cannot use, and we of a database that a newer version made. */
const UNUSABLE = /not a database|malformed|version does not know/;

/** How to restore a backup where the present database cannot be used. */
export function roomInWords(database: DatabaseConfig): string {
  if (database.provider !== 'sqlite') return 'set DATABASE_URL to a new database, then restore into that';
  const { file } = database;
  return `move ${file}, ${file}-wal and ${file}-shm away, then restore into the new file`;
}

/**
 * Does something with a database that is to be replaced.
 *
 * @throws {InputError} with what to do, when it is damaged or a newer version made it
 */
export async function tellingHowToMakeRoom<Result>(
  database: DatabaseConfig,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const message = messageOf(error);
    if (!(error instanceof TroupeError) || !UNUSABLE.test(message)) throw error;
    throw new InputError(`${message}; nothing was changed`, {
      remedy: `To restore all the same: ${roomInWords(database)}.`,
    });
  }
}
