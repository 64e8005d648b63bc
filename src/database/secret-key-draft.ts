import { open } from 'node:fs/promises';
import path from 'node:path';

/** Who may use a file. */
export interface FileAccess {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Writes keys to a new file, a line each, so that they survive the loss of power. Its name does not: see
 * {@link syncFolder}.
 *
 * @param access - default: this process's user alone
 * @throws when the file is there, or cannot be made so
 */
export async function writeKeyDraft(
  draft: string,
  keys: readonly Buffer[],
  access?: FileAccess,
): Promise<void> {
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(keys.map((key) => `${key.toString('base64')}\n`).join(''));
    if (access !== undefined && process.platform !== 'win32') {
      const { uid, gid } = await handle.stat();
      if (uid !== access.uid || gid !== access.gid) await handle.chown(access.uid, access.gid);
      await handle.chmod(access.mode);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes what was named or renamed in a file's folder survive the loss of power. */
export async function syncFolder(file: string): Promise<void> {
  // Windows does not open folders, and needs no such thing.
  if (process.platform === 'win32') return;
  const handle = await open(path.dirname(file), 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
