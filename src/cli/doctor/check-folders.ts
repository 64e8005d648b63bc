import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../../config/config.ts';
import { messageOf } from '../../errors.ts';
import { type Finding, ok, wrong } from './finding.ts';

/**
 * The folders that a host writes to, by what they are for. A database server's are not here.
 *
 * @param broken - variables that are wrong: where they point is not known
 */
export function foldersOf(
  { database, secretKey, log }: Config,
  broken: ReadonlySet<string>,
): Map<string, string> {
  const folders = new Map<string, string>();
  if (database.provider === 'sqlite' && !broken.has('DATABASE_URL')) {
    folders.set('data folder', path.dirname(database.file));
  }
  const keyFolder = path.dirname(secretKey.file);
  if (secretKey.key === undefined && keyFolder !== folders.get('data folder')) {
    folders.set('key folder', keyFolder);
  }
  if (log.toFile) folders.set('log folder', path.dirname(log.file));
  return folders;
}

/** Whether a folder can be written to, or be made. Makes nothing. */
export async function checkFolder(name: string, folder: string): Promise<Finding> {
  const existing = await nearestExisting(folder);
  const remedy = `Have a folder at ${folder} that the user who runs Troupe may write to.`;
  if (!(await stat(existing)).isDirectory()) return wrong(name, `${existing} is no folder`, remedy);
  try {
    await access(existing, constants.W_OK | constants.X_OK);
  } catch (error) {
    return wrong(name, `${existing} cannot be written to: ${messageOf(error)}`, remedy);
  }
  return ok(name, existing === folder ? `${folder} can be written to` : `${folder} will be made`);
}

/** The folder itself, or what exists of the way to it. */
export async function nearestExisting(folder: string): Promise<string> {
  try {
    await stat(folder);
    return folder;
  } catch (error) {
    const above = path.dirname(folder);
    if (above === folder) throw error;
    return nearestExisting(above);
  }
}
