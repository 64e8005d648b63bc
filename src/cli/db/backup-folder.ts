import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { DatabaseConfig } from '../../config/database-url.ts';
import { databaseOfBackup } from '../../database/backup-read.ts';
import { identityOf } from '../../database/dump-identity.ts';
import { UnavailableError } from '../../errors.ts';

/** What stands behind a database's label in the name of a backup that nobody named; names sort by time. */
const DATED = /^-(\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z)(?:-(\d+))?\.jsonl\.gz$/;
const DATED_SAFETY_COPY = /^-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z(?:-\d+)?-before-restore\.jsonl\.gz$/;

/** Where backups are kept: beside a SQLite database, otherwise in the current folder. */
export function backupFolder(database: DatabaseConfig): string {
  return path.join(database.provider === 'sqlite' ? path.dirname(database.file) : process.cwd(), 'backups');
}

/** What is backed up, and why. */
export interface BackupOccasion {
  readonly database: DatabaseConfig;
  readonly now: Date;
  /** Whether it is made before a restore or copy replaces what is there: such a one is never deleted. */
  readonly isSafetyCopy: boolean;
}

/**
 * A backup's name by its database and time, such as `troupe-sqlite-troupe-2026-11-21T10-15-30Z.jsonl.gz`; one that is
 * not taken.
 */
export function backupName(
  { database, now, isSafetyCopy }: BackupOccasion,
  taken: readonly string[],
): string {
  const stem = `${prefixOf(database)}-${now.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
  const suffix = `${isSafetyCopy ? '-before-restore' : ''}.jsonl.gz`;
  for (let count = 1; ; count += 1) {
    const name = `${stem}${count === 1 ? '' : `-${count}`}${suffix}`;
    if (!taken.includes(name)) return name;
  }
}

/** Whether backups of this database are named like this, whoever made it. */
export function isNamedFor(database: DatabaseConfig, name: string): boolean {
  const rest = restOf(database, name);
  return DATED.test(rest) || DATED_SAFETY_COPY.test(rest);
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
export async function backupPlace(to: string, occasion: BackupOccasion): Promise<BackupPlace> {
  if (to.endsWith('.gz') && !(await isFolder(to))) return { folder: path.dirname(to), file: to, named: true };
  const file = path.join(to, backupName(occasion, await namesIn(to)));
  return { folder: to, file, named: false };
}

/**
 * The names of the backups of this database in a folder, oldest first; none where there is no such folder. Those that
 * somebody else named, safety copies and what cannot be read do not count.
 */
export async function backupsIn(folder: string, database: DatabaseConfig): Promise<string[]> {
  const { id } = identityOf(database);
  const own: string[] = [];
  for (const name of await namesIn(folder)) {
    if (!DATED.test(restOf(database, name))) continue;
    if ((await databaseOfBackup(path.join(folder, name))) === id) own.push(name);
  }
  const keys = new Map(own.map((name) => [name, keyOf(restOf(database, name))]));
  return own.sort((a, b) => ((keys.get(a) ?? '') < (keys.get(b) ?? '') ? -1 : 1));
}

/**
 * Deletes all but the newest backups of this database in a folder; nothing else in it, see {@link backupsIn}.
 *
 * @returns the names of those that are gone
 */
export async function keepNewest(folder: string, database: DatabaseConfig, count: number): Promise<string[]> {
  const names = await backupsIn(folder, database);
  const old = names.slice(0, Math.max(0, names.length - count));
  for (const name of old) await rm(path.join(folder, name), { force: true });
  return old;
}

/** Those of one second are numbered from the second on. */
function keyOf(rest: string): string {
  const [, time = '', count = '1'] = DATED.exec(rest) ?? [];
  return `${time}${count.padStart(9, '0')}`;
}

function prefixOf(database: DatabaseConfig): string {
  return `troupe-${identityOf(database).label}`;
}

/** What stands behind the label; empty where another one, or none, stands there. */
function restOf(database: DatabaseConfig, name: string): string {
  const prefix = prefixOf(database);
  return name.startsWith(prefix) ? name.slice(prefix.length) : '';
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
