import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { takeProcessLock } from '../../src/database/process-lock.ts';
import { runProcess } from '../support/run-process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const HOLDER = fileURLToPath(new URL('../support/hold-lock-process.ts', import.meta.url));

async function lockFile(): Promise<string> {
  return path.join(await temporaryDirectory(), 'host.id.lock');
}

function take(file: string) {
  const lock = takeProcessLock(file);
  onTestFinished(() => lock?.release());
  return lock;
}

it('is one process’s alone, and the next one’s once it is released', async () => {
  const file = await lockFile();
  const lock = takeProcessLock(file);
  expect(lock).toBeDefined();
  expect(takeProcessLock(file)).toBeUndefined();
  // The refused attempt above opened and closed the file, and must not have let go of the lock.
  const other = runProcess(HOLDER, {}, [file]);
  await other.until(/taken by another/);
  lock?.release();
  expect(take(file)?.fileId).toBe(lock?.fileId);
});

it('goes with the process that is killed, and stays with one that is suspended', async () => {
  const file = await lockFile();
  const other = runProcess(HOLDER, {}, [file]);
  await other.until(/^taken$/m);
  expect(takeProcessLock(file)).toBeUndefined();
  other.child.kill('SIGSTOP');
  expect(takeProcessLock(file)).toBeUndefined();
  other.child.kill('SIGKILL');
  await other.ended;
  expect(take(file)).toBeDefined();
});

it('is another one when its file was replaced', async () => {
  const [one, other] = [take(await lockFile()), take(await lockFile())];
  expect(one?.fileId).not.toBe(other?.fileId);
});

it.skipIf(process.platform === 'win32')('is a file for its owner alone', async () => {
  const file = await lockFile();
  take(file);
  expect((await stat(file)).mode & 0o077).toBe(0);
});

it('is refused in a folder that is not there', () => {
  expect(() => takeProcessLock('/nowhere/at/all.lock')).toThrow();
});
