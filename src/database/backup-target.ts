import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** What a backup that was killed leaves behind is old enough to go after this, in milliseconds: others write theirs. */
const ABANDONED = 3_600_000;

const DRAFT = /^(.+)\.[0-9a-f]{8}\.partial$/;

/**
 * Makes a folder with those above it, for its owner alone; one that is there stays as it is.
 *
 * Node's own recursive mkdir never ends where a folder is there and takes no other, as in /proc.
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const parent = path.dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (!(await isFolder(folder))) throw error;
  }
}

/**
 * Deletes what backups that were killed left in a folder, once it is an hour old.
 *
 * @param isOurs - whether a backup of this name is one of ours
 */
export async function removeAbandoned(folder: string, isOurs: (name: string) => boolean): Promise<void> {
  for (const draft of await readdir(folder)) {
    const [, name] = DRAFT.exec(draft) ?? [];
    if (name === undefined || !isOurs(name)) continue;
    const file = path.join(folder, draft);
    const changed = await stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => Infinity,
    );
    if (Date.now() - changed > ABANDONED) await rm(file, { force: true });
  }
}

async function isFolder(place: string): Promise<boolean> {
  return stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
