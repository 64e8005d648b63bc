import { open } from 'node:fs/promises';
import { printable } from '../../agents-file/show-value.ts';
import { InputError } from '../../errors.ts';

/**
 * Writes a file that only its owner can read.
 *
 * @param force - whether one that is there is overwritten
 * @throws {InputError} when the file is there already, or cannot be written
 */
export async function writePrivately(file: string, content: string, force: boolean): Promise<void> {
  try {
    const handle = await open(file, force ? 'w' : 'wx', 0o600);
    try {
      // One that was there has a mode of its own.
      await handle.chmod(0o600);
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (exists)
      throw new InputError(`${printable(file)} exists already`, { remedy: 'Add --force to overwrite it.' });
    throw new InputError(`${printable(file)} cannot be written`, { cause: error });
  }
}
