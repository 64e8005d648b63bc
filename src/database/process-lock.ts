import { chmodSync, statSync } from 'node:fs';
import Database from 'libsql';

/** A lock that its process has until it releases it or is gone, however it goes. */
export interface ProcessLock {
  /** Which file it is, on this machine: another one in its place would have another. */
  readonly fileId: string;
  /** Lets go of it. */
  release(): void;
}

/** SQLite's code for "another connection has it"; the higher bits say more. */
const SQLITE_BUSY = 5;

/**
 * Takes the lock that this file stands for, and makes the file when there is none; its folder has to be there. Nothing is
 * ever written to it. Node has no locks that the system releases by itself; SQLite's are such, and are used for that.
 *
 * @returns undefined while somebody else has it, in this process or another; one that is suspended has it too
 * @throws {Error} when the file cannot be made or is something else
 */
export function takeProcessLock(file: string): ProcessLock | undefined {
  // Never opened but by SQLite: closing a file in any way releases all locks that the process has on it.
  const database = new Database(file);
  try {
    // Or there would be a second file beside it.
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
    chmodSync(file, 0o600);
    const { dev, ino } = statSync(file, { bigint: true });
    return {
      fileId: `${dev}:${ino}`,
      release: () => {
        database.exec('ROLLBACK');
        database.close();
      },
    };
  } catch (error) {
    database.close();
    if (error instanceof Database.SqliteError && ((error.rawCode ?? 0) & 0xff) === SQLITE_BUSY)
      return undefined;
    throw error;
  }
}
