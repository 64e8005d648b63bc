import { statfs } from 'node:fs/promises';
import { bytesInWords } from './bytes-in-words.ts';
import { nearestExisting } from './check-folders.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

/** Space left, in bytes, below which there is a warning, and below which something is wrong. */
const LITTLE = 1_000_000_000;
const TOO_LITTLE = 100_000_000;

/** How much a user may still write where this folder is, or will be, in bytes. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(await nearestExisting(folder));
  return bavail * bsize;
}

/** Whether there is room for a database that grows. */
export function checkSpace(folder: string, free: number): Finding {
  const message = `${bytesInWords(free)} free for ${folder}`;
  if (free >= LITTLE) return ok('disk space', message);
  const remedy = 'Make room, or move the database (DATABASE_URL): on a full disk no message is answered.';
  return free >= TOO_LITTLE ? warning('disk space', message, remedy) : wrong('disk space', message, remedy);
}
