import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { DatabaseConfig } from '../../config/database-url.ts';
import { UnavailableError } from '../../errors.ts';

/** The name of a backup that nobody named; names sort by time. */
const BACKUP = /^troupe-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z(-\d+)?\.jsonl\.gz$/;

/** Where backups are kept: beside a SQLite database, otherwise in the current folder. */
export function backupFolder(database: DatabaseConfig): string {
  return path.join(database.provider === 'sqlite' ? path.dirname(database.file) : process.cwd(), 'backups');
}

/** A backup's name by its time, such as `troupe-2026-11-21T10-15-30Z.jsonl.gz`; one that is not taken. */
export function backupName(time: Date, taken: readonly string[]): string {
  const stem = `troupe-${time.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
  for (let count = 1; ; count += 1) {
    const name = `${stem}${count === 1 ? '' : `-${count}`}.jsonl.gz`;
    if (!taken.includes(name)) return name;
  }
}

/** Where a new backup goes. */
export interface BackupPlace {
  readonly folder: string;
  /** An absolute path. */
  readonly file: string;
  /** Whether the operator named the file itself. */
  readonly named: boolean;
}

/**
 * Where a new backup goes. What ends in `.gz` is a file; everything else is a folder, which may not be there yet.
 *
 * @param to - an absolute path
 */
export async function backupPlace(to: string, now: Date): Promise<BackupPlace> {
  if (to.endsWith('.gz') && !(await isFolder(to))) return { folder: path.dirname(to), file: to, named: true };
  const file = path.join(to, backupName(now, await namesIn(to)));
  return { folder: to, file, named: false };
}

/** The names of the backups in a folder, oldest first; none where there is no such folder. */
export async function backupsIn(folder: string): Promise<string[]> {
  return (await namesIn(folder)).filter((name) => BACKUP.test(name)).sort(byTime);
}

/**
 * Deletes all but the newest backups of a folder; nothing else in it.
 *
 * @returns the names of those that are gone
 */
export async function keepNewest(folder: string, count: number): Promise<string[]> {
  const names = await backupsIn(folder);
  const old = names.slice(0, Math.max(0, names.length - count));
  for (const name of old) await rm(path.join(folder, name), { force: true });
  return old;
}

/** Those of one second are numbered from the second on. */
function byTime(a: string, b: string): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

function keyOf(name: string): string {
  const [, time = '', , count = '1'] = /^(troupe-[^Z]+Z)(-(\d+))?/.exec(name) ?? [];
  return `${time}${count.padStart(9, '0')}`;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new UnavailableError(`cannot use the folder ${folder}`, { cause: error });
  }
}

async function isFolder(place: string): Promise<boolean> {
  return stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
