import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSecretKeys } from '../../src/database/secret-key.ts';
import { replaceSecretKeys } from '../../src/database/secret-key-replace.ts';
import { keyFileMode, watchSecretKeys } from '../../src/database/secret-key-watch.ts';
import { ConfigError } from '../../src/errors.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const loadSecretKey = async (file: string) => {
  const { keys, isNew } = await loadSecretKeys(file);
  return { key: keys[0], isNew };
};

const lines = (...keys: Buffer[]): string => keys.map((key) => `${key.toString('base64')}\n`).join('');

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

describe('a file with several keys', () => {
  const [a, b, c] = [randomBytes(32), randomBytes(32), randomBytes(32)];

  it('gives them in their order, each once, whatever the line ends and blank lines', async () => {
    const file = path.join(await temporaryDirectory(), 'secret.key');
    await writeFile(file, `\n${lines(a, b).replaceAll('\n', '\r\n')}\r\n${lines(c, a)}`);
    expect(await loadSecretKeys(file)).toEqual({ keys: [a, b, c], isNew: false });
  });

  it('is refused when one is wrong, which is named by its line and not shown', async () => {
    const file = path.join(await temporaryDirectory(), 'secret.key');
    await writeFile(file, `${lines(a)}c2hvcnQ=\n`);
    const refused = expect(loadSecretKeys(file)).rejects;
    await refused.toThrow(`line 2 of ${file} holds 5 bytes`);
    await expect(loadSecretKeys(file)).rejects.not.toThrow('c2hvcnQ');
  });

  it('is told when it changes, and only then', async () => {
    const file = path.join(await temporaryDirectory(), 'secret.key');
    await writeFile(file, lines(a), { mode: 0o600 });
    const reread = watchSecretKeys(file);
    expect([reread(), reread()]).toEqual([[a], undefined]);
    await replaceSecretKeys(file, [b, a]);
    expect([reread(), reread()]).toEqual([[b, a], undefined]);
    await rm(file);
    expect(reread).toThrow(/^SECRET_KEY_FILE: cannot read .*restore it$/);
    await writeFile(file, lines(b));
    expect(reread()).toEqual([b]);
  });
});

describe('replacing the keys', () => {
  const [a, b] = [randomBytes(32), randomBytes(32)];

  it('leaves nothing else behind, also where another was killed in the middle', async () => {
    const directory = await temporaryDirectory();
    const file = path.join(directory, 'secret.key');
    await writeFile(file, lines(a));
    await writeFile(`${file}.new`, 'half a k');
    await replaceSecretKeys(file, [b, a]);
    expect(await readFile(file, 'utf8')).toBe(lines(b, a));
    expect(await readdir(directory)).toEqual(['secret.key']);
  });

  it('goes where a link leads', async () => {
    const directory = await temporaryDirectory();
    const [file, link] = [path.join(directory, 'real.key'), path.join(directory, 'secret.key')];
    await writeFile(file, lines(a));
    await symlink(file, link);
    await replaceSecretKeys(link, [b]);
    expect(await readFile(file, 'utf8')).toBe(lines(b));
  });

  it.skipIf(process.platform === 'win32').each([
    [0o644, '0600'],
    [0o640, '0640'],
    [0o600, '0600'],
    [0o400, '0600'],
  ])('lets nobody else read them than before, and no stranger: mode %o becomes %s', async (before, after) => {
    const file = path.join(await temporaryDirectory(), 'secret.key');
    await writeFile(file, lines(a));
    await chmod(file, before);
    await replaceSecretKeys(file, [b]);
    expect(await keyFileMode(file)).toEqual({ mode: after, tooOpen: false });
  });

  it('is refused in words where it cannot be done, and all is as it was', async () => {
    const directory = await temporaryDirectory();
    const file = path.join(directory, 'secret.key');
    await writeFile(file, lines(a));
    await mkdir(path.join(`${file}.new`, 'in the way'), { recursive: true });
    await expect(replaceSecretKeys(file, [b])).rejects.toThrow(ConfigError);
    await expect(replaceSecretKeys(file, [b])).rejects.toThrow(file);
    expect(await readFile(file, 'utf8')).toBe(lines(a));
  });
});

it.skipIf(process.platform === 'win32').each([
  [0o600, false],
  [0o400, false],
  [0o440, false],
  [0o640, false],
  [0o644, true],
  [0o660, true],
  [0o606, true],
])('a key file of mode %o is too open: %s', async (mode, tooOpen) => {
  const file = path.join(await temporaryDirectory(), 'secret.key');
  await writeFile(file, '');
  await chmod(file, mode);
  expect((await keyFileMode(file))?.tooOpen).toBe(tooOpen);
});
