import { readFileSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ConfigError } from '../errors.ts';
import { parseSecretKeys, type SecretKeys } from './secret-key.ts';

/** Bits that let others than the owner and the group in, or the group write or execute. */
const TOO_OPEN = 0o037;

/**
 * Reads the keys in a file whenever it was replaced or changed since the last time; undefined when it was not. The
 * first time always reads.
 *
 * Synchronous, for the middle of a decryption: unless the file changed, it costs one look at its age and size.
 *
 * @throws {ConfigError} when the file is gone, cannot be read or holds anything else
 */
export function watchSecretKeys(file: string): () => SecretKeys | undefined {
  let known: string | undefined;
  return () => {
    try {
      const { ino, size, mtimeNs } = statSync(file, { bigint: true });
      const seen = `${ino} ${size} ${mtimeNs}`;
      if (seen === known) return undefined;
      const keys = parseSecretKeys(readFileSync(file, 'utf8'), file);
      known = seen;
      return keys;
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      throw new ConfigError(`SECRET_KEY_FILE: cannot read ${file} any more; restore it`, { cause: error });
    }
  };
}

/** Who may use a key file. */
export interface KeyFileMode {
  /** As `chmod` takes it: `0600`. */
  readonly mode: string;
  /** Whether others than its owner and group may use it, or its group may do more than read. */
  readonly tooOpen: boolean;
}

/** Who may use a key file; undefined on Windows, which has no such modes. */
export async function keyFileMode(file: string): Promise<KeyFileMode | undefined> {
  if (process.platform === 'win32') return undefined;
  const mode = (await stat(file)).mode & 0o777;
  return { mode: mode.toString(8).padStart(4, '0'), tooOpen: (mode & TOO_OPEN) !== 0 };
}
