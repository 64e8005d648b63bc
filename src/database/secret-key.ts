import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError } from '../errors.ts';
import { KEY_BYTES } from './secret-cipher.ts';
import { syncFolder, writeKeyDraft } from './secret-key-draft.ts';

/** The keys of a host: the first is the current one, the others still open what they encrypted. */
export type SecretKeys = readonly [Buffer, ...Buffer[]];

/**
 * The keys in this file; makes file and key when there is none, and says so.
 *
 * The file holds a key a line, 32 bytes in base64, and is made readable by its owner alone (mode 0600). When two
 * processes find none at once, both end up with the same key.
 *
 * @throws {ConfigError} when the file holds anything else, or cannot be read or made.
 */
export async function loadSecretKeys(file: string): Promise<{ keys: SecretKeys; isNew: boolean }> {
  try {
    const keys = await readKeys(file);
    return keys === undefined ? { keys: await makeKey(file), isNew: true } : { keys, isNew: false };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`SECRET_KEY_FILE: cannot read or make ${file}`, { cause: error });
  }
}

/**
 * The keys that a key file's content is; blank lines count for nothing.
 *
 * @param file - for the error
 * @throws {ConfigError} when it holds no key, or anything else
 */
export function parseSecretKeys(content: string, file: string): SecretKeys {
  const keys = content.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const key = Buffer.from(line.trim(), 'base64');
    if (key.length !== KEY_BYTES) throw wrongContent(`line ${index + 1} of ${file}`, key.length);
    return [key];
  });
  const [current, ...others] = keys;
  if (current === undefined) throw wrongContent(file, 0);
  return [current, ...others.filter((key) => !key.equals(current))];
}

function wrongContent(place: string, bytes: number): ConfigError {
  return new ConfigError(
    `SECRET_KEY_FILE: ${place} holds ${bytes} bytes; it must hold ${KEY_BYTES}, in base64. ` +
      'Restore the file that tokens and keys were stored under, or remove it and enter them again',
  );
}

async function readKeys(file: string): Promise<SecretKeys | undefined> {
  try {
    return parseSecretKeys(await readFile(file, 'utf8'), file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function makeKey(file: string): Promise<SecretKeys> {
  const key = randomBytes(KEY_BYTES);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  // A link appears whole or not at all, and never replaces what another process put there first.
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    await writeKeyDraft(draft, [key]);
    await link(draft, file);
    await syncFolder(file);
    return [key];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const theirs = await readKeys(file);
    if (theirs === undefined) throw error;
    return theirs;
  } finally {
    await rm(draft, { force: true });
  }
}
