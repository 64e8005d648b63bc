import path from 'node:path';
import { writeBackup, type WrittenBackup } from '../../database/backup-write.ts';
import { withSnapshot } from '../../database/dump-snapshot.ts';
import type { DatabaseConfig } from '../../config/database-url.ts';
import { backupFolder, backupPlace, type BackupPlace } from './backup-folder.ts';
import { progress } from './progress.ts';
import type { Task } from './task.ts';

/** How a backup is made. */
export interface MakeBackupOptions {
  /** A file or a folder; see {@link backupPlace}. Default: the database's backup folder. */
  readonly to?: string | undefined;
  readonly force?: boolean;
}

/** Backs a database up beside whoever uses it. */
export async function makeBackup(
  { cwd, now, signal, io }: Task,
  database: DatabaseConfig,
  { to, force = false }: MakeBackupOptions = {},
): Promise<{ place: BackupPlace; backup: WrittenBackup }> {
  const target = to === undefined ? backupFolder(database) : path.resolve(cwd, to);
  const place = await backupPlace(target, now());
  const onProgress = progress(io, 'backup');
  const backup = await withSnapshot(database, (dump) =>
    writeBackup(dump, place.file, { signal, onProgress, force }),
  );
  return { place, backup };
}
