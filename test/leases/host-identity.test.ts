import { chmod, cp, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { takeProcessLock } from '../../src/database/process-lock.ts';
import { ConfigError } from '../../src/errors.ts';
import { type HostIdentityTools, openHostIdentity } from '../../src/leases/host-identity.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

async function setUp(tools: Partial<HostIdentityTools> = {}) {
  const folder = await temporaryDirectory();
  const file = path.join(folder, 'data', 'host.id');
  const logger = collectingLogger();
  const open = async (others: Partial<HostIdentityTools> = {}) => {
    const identity = await openHostIdentity({
      file,
      takeLock: takeProcessLock,
      logger,
      readBootId: () => Promise.resolve('boot'),
      ...tools,
      ...others,
    });
    let released = false;
    const release = (): void => {
      if (!released) identity.release();
      released = true;
    };
    onTestFinished(release);
    return { ...identity.holder, release };
  };
  return { folder, file, logger, open };
}

describe('a host', () => {
  it('is the same after a restart, in another process, and proves that the one before is gone', async () => {
    const { open } = await setUp();
    const before = await open();
    before.release();
    const after = await open();
    expect(after).toMatchObject({ hostId: before.hostId, proof: before.proof, hostName: before.hostName });
    expect(before.hostName, 'tells it from others on the machine').toContain(`process ${process.pid}`);
    expect(before.proof).not.toBe('');
    expect(after.processId > before.processId).toBe(true);
  });

  it('proves nothing after the machine was started anew', async () => {
    const { open } = await setUp();
    const before = await open();
    before.release();
    const after = await open({ readBootId: () => Promise.resolve('another boot') });
    expect(after.hostId).toBe(before.hostId);
    expect(after.proof).not.toBe(before.proof);
  });

  it('proves nothing where the system does not tell one start from another', async () => {
    const { open } = await setUp({ readBootId: () => Promise.resolve('') });
    expect((await open()).proof).toBe('');
  });

  it('proves nothing from a copy of its folder', async () => {
    const { open, folder } = await setUp();
    const original = await open();
    original.release();
    await cp(path.join(folder, 'data'), path.join(folder, 'copy'), { recursive: true });
    const copy = await open({ file: path.join(folder, 'copy', 'host.id') });
    expect(copy.hostId).toBe(original.hostId);
    expect(copy.proof).not.toBe(original.proof);
  });

  it('is another one, without proof, beside the first from the same folder, and says so', async () => {
    const { open, logger } = await setUp();
    const first = await open();
    const second = await open();
    expect(second.hostId).not.toBe(first.hostId);
    expect(second.proof).toBe('');
    expect(logger.lines.map(({ text }) => text)).toEqual([expect.stringContaining('another host')]);
    second.release();
    expect((await open()).hostId).not.toBe(first.hostId);
  });

  it.skipIf(process.platform === 'win32')('keeps its files for its owner alone', async () => {
    const { open, file } = await setUp();
    await open();
    for (const made of [path.dirname(file), file, `${file}.lock`]) {
      expect((await stat(made)).mode & 0o077, made).toBe(0);
    }
  });

  it('is one of its own, in words, where the file cannot be made', async () => {
    const { open, folder, logger } = await setUp();
    await writeFile(path.join(folder, 'no-folder'), '');
    const identity = await open({ file: path.join(folder, 'no-folder', 'host.id') });
    expect(identity.proof).toBe('');
    expect(logger.lines).toMatchObject([
      { level: 'info', text: expect.stringContaining('HOST_ID_FILE') as string },
    ]);
  });

  it('refuses a file that holds something else, and leaves it as it is', async () => {
    const { open, file } = await setUp();
    (await open()).release();
    await writeFile(file, 'c2VjcmV0\n');
    await expect(open()).rejects.toThrow(ConfigError);
    await expect(open()).rejects.toThrow(file);
    expect(await readFile(file, 'utf8')).toBe('c2VjcmV0\n');
  });

  it('makes an id anew for an empty file', async () => {
    const { open, file } = await setUp();
    (await open()).release();
    await writeFile(file, '');
    await chmod(file, 0o600);
    const { hostId } = await open();
    expect((await readFile(file, 'utf8')).trim()).toBe(hostId);
  });
});
