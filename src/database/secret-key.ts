import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError } from '../errors.ts';
import { KEY_BYTES } from './secret-box.ts';

/**
 * The key in this file; makes file and key when there is none, and says so.
 *
 * The file holds 32 bytes in base64 and is readable by its owner alone (mode 0600). When two processes find none
 * at once, both end up with the same key.
 *
 * @throws {ConfigError} when the file holds anything else, or cannot be read or made.
 */
export async function loadSecretKey(file: string): Promise<{ key: Buffer; isNew: boolean }> {
  try {
    const key = await readKey(file);
    return key === undefined ? { key: await makeKey(file), isNew: true } : { key, isNew: false };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`SECRET_KEY_FILE: cannot read or make ${file}`, { cause: error });
  }
}

async function readKey(file: string): Promise<Buffer | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length === KEY_BYTES) return key;
  throw new ConfigError(
    `SECRET_KEY_FILE: ${file} holds ${key.length} bytes; it must hold ${KEY_BYTES}, in base64. ` +
      'Restore the file that tokens and keys were stored under, or remove it and enter them again',
  );
}

async function makeKey(file: string): Promise<Buffer> {
  const key = randomBytes(KEY_BYTES);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  // A link appears whole or not at all, and never replaces what another process put there first.
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, file);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const theirs = await readKey(file);
    if (theirs === undefined) throw error;
    return theirs;
  } finally {
    await rm(draft, { force: true });
  }
}
