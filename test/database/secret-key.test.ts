import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSecretKey } from '../../src/database/secret-key.ts';
import { ConfigError } from '../../src/errors.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('the secret key', () => {
  it('is made where there is none, readable by its owner alone, and is the same from then on', async () => {
    const file = path.join(await temporaryDirectory(), 'deep', 'down', 'secret.key');
    const { key } = await loadSecretKey(file);
    expect(key).toHaveLength(32);
    expect(await readFile(file, 'utf8')).toBe(`${key.toString('base64')}\n`);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await loadSecretKey(file)).toEqual({ key, isNew: false });
  });

  it('is another one every time that it is made', async () => {
    const directory = await temporaryDirectory();
    const keys = await Promise.all(
      ['a', 'b', 'c'].map(async (name) => (await loadSecretKey(path.join(directory, name))).key),
    );
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(3);
  });

  it('is the same for all who find none at once, and nothing else is left behind', async () => {
    const directory = await temporaryDirectory();
    const file = path.join(directory, 'secret.key');
    const keys = await Promise.all(Array.from({ length: 20 }, async () => (await loadSecretKey(file)).key));
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
    expect(await readdir(directory)).toEqual(['secret.key']);
  });

  it.each(['', ' \n ', 'c2hvcnQ=', Buffer.alloc(33, 1).toString('base64'), 'a'.repeat(64)])(
    'is refused in words when the file holds something else, and the file stays: "%s"',
    async (content) => {
      const file = path.join(await temporaryDirectory(), 'secret.key');
      await writeFile(file, content);
      const error: unknown = await loadSecretKey(file).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ConfigError);
      const { message } = error as ConfigError;
      expect(message).toContain('SECRET_KEY_FILE');
      expect(message).toContain(file);
      if (content.trim() !== '') expect(message).not.toContain(content.trim());
      expect(await readFile(file, 'utf8')).toBe(content);
    },
  );

  it.each([
    { what: 'a directory stands in its place', directories: ['keys', 'keys/secret.key'], files: [] },
    { what: 'a file stands where its directory should be', directories: [], files: ['keys'] },
  ])('is refused in words when $what', async ({ directories, files }) => {
    const root = await temporaryDirectory();
    for (const name of directories) await mkdir(path.join(root, name));
    for (const name of files) await writeFile(path.join(root, name), '');
    const file = path.join(root, 'keys', 'secret.key');
    const error: unknown = await loadSecretKey(file).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).message).toContain(file);
  });
});
