import { statSync } from 'node:fs';

/** Bits that let others than the owner and the group in, or the group write or execute. */
const OPEN = 0o037;

/**
 * Whether others may read or change a file. Never on Windows, which has no such modes, nor of a file that is not there.
 */
export function isOpenToOthers(file: string): boolean {
  if (process.platform === 'win32') return false;
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  return (mode & OPEN) !== 0;
}

/** What is said of such a file that holds secrets. */
export function openToOthers(file: string): string {
  return `others may read or change ${file}, which holds secrets: chmod 600 ${file}`;
}
