import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { printable } from '../../agents-file/show-value.ts';
import { InputError } from '../../errors.ts';

/** Names that are tried. */
const MAX_TRIES = 1_000;

/**
 * Saves a file that only this user can read, under its name, or one with a number where that is taken.
 *
 * @returns its path
 * @throws {InputError} when it cannot be written
 */
export async function saveFile(
  folder: string,
  { name, content }: { readonly name: string; readonly content: string },
): Promise<string> {
  const { name: stem, ext } = path.parse(name);
  for (let number = 1; ; number++) {
    const file = path.join(folder, number === 1 ? stem + ext : `${stem}-${number}${ext}`);
    try {
      await writeFile(file, content, { flag: 'wx', mode: 0o600 });
      return file;
    } catch (cause) {
      const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
      if (!isTaken || number === MAX_TRIES) {
        throw new InputError(`${printable(file)} cannot be written`, { cause });
      }
    }
  }
}
