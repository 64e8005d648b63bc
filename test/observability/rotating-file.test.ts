import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/observability/redactor.ts';
import type { Rotation } from '../../src/observability/rotating-file.ts';
import { type AdjustableLogger, createLogger } from '../../src/observability/winston-logger.ts';
import { runProcess } from '../support/run-process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

let folder: string;
let file: string;
let time: number;
beforeEach(async () => {
  folder = path.join(await temporaryDirectory(), 'logs');
  file = path.join(folder, 'troupe.log');
  time = Date.parse('2026-02-03T04:05:06.007Z');
});

/** A log that goes to {@link file} alone. */
function openLog(rotation: Partial<Rotation> = {}, stream?: PassThrough): AdjustableLogger {
  const all = { maxBytes: 0, maxAgeMs: 0, maxFiles: 0, compress: false, ...rotation };
  const where = { toConsole: stream !== undefined, toFile: true, file, rotation: all } as const;
  return createLogger(
    { level: 'info', format: 'text', color: false, ...where },
    { redactor: createRedactor(), now: () => new Date(time), ...(stream !== undefined && { stream }) },
  );
}

/** Writes lines into a log and closes it. */
async function log(lines: readonly string[], rotation: Partial<Rotation> = {}): Promise<void> {
  const logger = openLog(rotation);
  for (const line of lines) logger.info(line);
  await logger.close();
}

/** The names of the log's files, the oldest first, the present one last. */
async function names(): Promise<string[]> {
  const all = (await readdir(folder)).sort();
  return [...all.filter((name) => name !== 'troupe.log'), ...all.filter((name) => name === 'troupe.log')];
}

/** What is in a file of the log, unpacked. */
async function contents(name: string): Promise<string> {
  const bytes = await readFile(path.join(folder, name));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}

/** The texts of all lines, in order. */
async function texts(): Promise<string[]> {
  const all = await Promise.all((await names()).map(contents));
  return all
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(44));
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `line ${index}`);

describe('the file of a log', () => {
  it('is put aside before it grows too large, and no line is lost, split or written twice', async () => {
    await log(numbered(100), { maxBytes: 520 });
    const files = await names();
    expect(files.length).toBeGreaterThan(8);
    for (const name of files) expect((await contents(name)).length).toBeLessThanOrEqual(520);
    for (const name of files) expect(await contents(name)).toMatch(/\n$/);
    expect(await texts()).toEqual(numbered(100));
  });

  it('is put aside when its first line is too old, also one of an earlier process', async () => {
    await log(['one']);
    time += 3_599_999;
    await log(['two'], { maxAgeMs: 3_600_000 });
    expect(await names()).toHaveLength(1);
    time += 1;
    await log(['three'], { maxAgeMs: 3_600_000 });
    expect(await names()).toEqual(['troupe.log.2026-02-03T05-05-06-007Z', 'troupe.log']);
    expect(await contents('troupe.log')).toMatch(/three\n$/);
    expect(await texts()).toEqual(['one', 'two', 'three']);
  });

  it('is named for its time, and never written over another that has the name', async () => {
    await mkdir(folder);
    await writeFile(path.join(folder, 'troupe.log.2026-02-03T04-05-06-007Z'), 'kept');
    await log(['one', 'two'], { maxBytes: 1 });
    expect(await contents('troupe.log.2026-02-03T04-05-06-007Z')).toBe('kept');
    expect(await contents('troupe.log.2026-02-03T04-05-06-008Z')).toMatch(/one\n$/);
  });

  it('leaves as many old files as were asked for, all but the newest compressed, and nothing else touched', async () => {
    await mkdir(folder);
    await writeFile(path.join(folder, 'troupe.log.bak'), 'mine');
    await writeFile(path.join(folder, 'troupe.log.2026-01-01T00-00-00-000Z.gz.1.part'), '');
    const longAgo = new Date(0);
    await utimes(path.join(folder, 'troupe.log.2026-01-01T00-00-00-000Z.gz.1.part'), longAgo, longAgo);
    await log(numbered(10), { maxBytes: 1, maxFiles: 3, compress: true });
    // Those that were just put aside may get a line of another process yet.
    expect((await names()).filter((name) => name.endsWith('.gz'))).toEqual([]);
    for (const name of await names()) await utimes(path.join(folder, name), longAgo, longAgo);
    await log([], { maxFiles: 3, compress: true });
    expect(await names()).toEqual([
      'troupe.log.2026-02-03T04-05-06-013Z.gz',
      'troupe.log.2026-02-03T04-05-06-014Z.gz',
      'troupe.log.2026-02-03T04-05-06-015Z',
      'troupe.log.bak',
      'troupe.log',
    ]);
    await rm(path.join(folder, 'troupe.log.bak'));
    expect(await texts()).toEqual(['line 6', 'line 7', 'line 8', 'line 9']);
  });

  it.each(['deleted with its folder', 'moved away by another program'])(
    'is begun anew when it was %s',
    async (what) => {
      const logger = openLog();
      logger.info('before');
      await expect.poll(() => readFile(file, 'utf8')).toContain('before');
      if (what.startsWith('moved')) await rename(file, `${file}.1`);
      else await rm(folder, { recursive: true });
      logger.info('after');
      await logger.close();
      expect(await readFile(file, 'utf8')).toMatch(/^\S+ INFO {2}- +after\n$/);
    },
  );

  it('is shared by two processes that both put it aside, and no line is lost', async () => {
    const writers = ['a', 'b'].map((name) =>
      runProcess('test/support/write-log-process.ts', {}, [file, name, '1500']),
    );
    for (const { ended, output } of writers) expect([await ended, output()]).toEqual([0, '']);
    const all = (await Promise.all((await names()).map(contents))).join('').trim().split('\n');
    const lines = all.map((line) => JSON.parse(line) as { name: string; number: number });
    expect((await names()).length).toBeGreaterThan(20);
    for (const name of ['a', 'b']) {
      const of = lines.filter((line) => line.name === name).map(({ number }) => number);
      expect(of.sort((one, other) => one - other)).toEqual(Array.from({ length: 1500 }, (_, index) => index));
    }
  });

  it.skipIf(!existsSync('/dev/full'))('goes on when the disk has room again, and says so', async () => {
    await mkdir(folder);
    await symlink('/dev/full', file);
    const stream = new PassThrough();
    let output = '';
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const logger = openLog({}, stream);
    logger.info('lost');
    await expect.poll(() => output).toMatch(/cannot be written; its lines are lost.*ENOSPC/);
    await unlink(file);
    logger.info('kept');
    await expect.poll(() => output).toMatch(/can be written again; lines were lost lines=\d/);
    await logger.close();
    expect(output.match(/cannot be written/g)).toHaveLength(1);
    expect(await readFile(file, 'utf8')).toMatch(/- +kept\n.*written again.*\n$/);
  });

  it('begins a new line behind one that was cut short', async () => {
    await mkdir(folder);
    await writeFile(file, 'half a li');
    await log(['whole']);
    expect(await readFile(file, 'utf8')).toMatch(/^half a li\n2026\S+ INFO {2}- +whole\n$/);
  });

  it.skipIf(!existsSync('/dev/null'))('stays where it is when it is a device', async () => {
    await mkdir(folder);
    await symlink('/dev/null', file);
    await log(numbered(3), { maxBytes: 1, maxAgeMs: 1 });
    expect(await names()).toEqual(['troupe.log']);
  });
});
