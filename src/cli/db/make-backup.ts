import path from 'node:path';
import { removeAbandoned } from '../../database/backup-target.ts';
import { tryBackupPlace, writeBackup, type WrittenBackup } from '../../database/backup-write.ts';
import { withSnapshot } from '../../database/dump-snapshot.ts';
import type { DatabaseConfig } from '../../config/database-url.ts';
import { backupFolder, backupPlace, type BackupPlace, isNamedFor } from './backup-folder.ts';
import { progress } from './progress.ts';
import type { Task } from './task.ts';

/** How a backup is made. */
export interface MakeBackupOptions {
  /** A file or a folder; see {@link backupPlace}. Default: the database's backup folder. */
  readonly to?: string | undefined;
  readonly force?: boolean;
  /** Whether what is there is about to be replaced. Default: no. */
  readonly isSafetyCopy?: boolean;
}

/** Backs a database up beside whoever uses it. */
export async function makeBackup(
  { cwd, now, signal, io }: Task,
  database: DatabaseConfig,
  { to, force = false, isSafetyCopy = false }: MakeBackupOptions = {},
): Promise<{ place: BackupPlace; backup: WrittenBackup }> {
  const target = to === undefined ? backupFolder(database) : path.resolve(cwd, to);
  const place = await backupPlace(target, { database, now: now(), isSafetyCopy });
  // A target that cannot be used must not keep a snapshot open.
  await tryBackupPlace(place.file, force);
  const { folder, file } = place;
  await removeAbandoned(folder, (name) => name === path.basename(file) || isNamedFor(database, name));
  const onProgress = progress(io, 'backup');
  const backup = await withSnapshot(database, (dump) =>
    writeBackup(dump, place.file, { signal, onProgress, force }),
  );
  return { place, backup };
}
