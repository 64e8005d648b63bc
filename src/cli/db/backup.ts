import { printable } from '../../agents-file/show-value.ts';
import { bytesInWords } from '../doctor/bytes-in-words.ts';
import { jsonLine } from '../json-line.ts';
import { keepNewest } from './backup-folder.ts';
import { contentsInWords, rowsByTable } from './describe.ts';
import { makeBackup } from './make-backup.ts';
import type { Task } from './task.ts';

/** Options of `npm run db -- backup`. */
export interface BackupFlags {
  readonly to?: string;
  readonly keep?: number;
  readonly force?: boolean;
}

/** `npm run db -- backup` */
export async function backup(task: Task, { to, keep, force = false }: BackupFlags): Promise<number> {
  const { io, json, config } = task;
  const { place, backup: made } = await makeBackup(task, config.database, { to, force });
  const deleted = keep === undefined ? [] : await keepNewest(place.folder, config.database, keep);
  const { file, bytes, header } = made;
  const rows = rowsByTable(header);
  if (json) {
    const { created, provider, migration } = header;
    io.stdout.write(jsonLine({ file, bytes, created, provider, migration, rows, deleted }));
    return 0;
  }
  io.stdout.write(`Backed up ${contentsInWords(rows)} to\n${printable(file)} (${bytesInWords(bytes)}).\n`);
  if (deleted.length > 0) io.stdout.write(`Deleted older ones: ${deleted.join(', ')}.\n`);
  io.stdout.write(
    `Tokens and keys are encrypted in it, all else is not. Restoring it needs the key from ${printable(keyPlace(task))}: keep a copy of that, elsewhere.\n`,
  );
  return 0;
}

/** Where the key of stored secrets is. */
export function keyPlace({ config: { secretKey } }: Pick<Task, 'config'>): string {
  return secretKey.key === undefined ? secretKey.file : 'SECRET_KEY';
}
