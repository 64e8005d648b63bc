import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

/** What becomes of files that were put aside. */
export interface OldFiles {
  /** So many are kept, the newest; 0: all. */
  readonly maxFiles: number;
  /** Whether they are compressed, all but the newest and those that were just put aside. */
  readonly compress: boolean;
}

/** What is behind a log's name when it was put aside: a time, as `rotating-file.ts` writes it. */
const STAMP = /^\.\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z(\.gz)?$/;

/** What a compression is written to that has not ended, or never did. */
const PART = /^\.\d{4}-\d\d-\d\dT[\dZ-]+\.gz\.\d+\.part$/;

/** For so long another process may have a line under way to a file that was put aside, in milliseconds. */
const SETTLING = 10_000;

/** A part that was not written to for so long, in milliseconds, is nobody's any more. */
const ABANDONED = 3_600_000;

/**
 * Deletes the oldest files of a log that were put aside, and compresses the others but for the newest. What another
 * process does at the same time harms nothing.
 *
 * @param file - the log's own path
 */
export async function tidyOldFiles(file: string, { maxFiles, compress }: OldFiles): Promise<void> {
  const folder = path.dirname(file);
  const behind = new Map(
    (await readdir(folder))
      .filter((name) => name.startsWith(path.basename(file)))
      .map((name) => [path.join(folder, name), name.slice(path.basename(file).length)]),
  );
  const old = [...behind].filter(([, rest]) => STAMP.test(rest)).map(([one]) => one);
  // A compressed one sorts right behind what it was made from.
  old.sort().reverse();
  const kept = maxFiles === 0 ? old : old.slice(0, maxFiles);
  for (const one of old.slice(kept.length)) await rm(one, { force: true });
  for (const [one, rest] of behind) if (PART.test(rest)) await removeAbandoned(one);
  if (!compress) return;
  for (const one of kept.slice(1)) if (!one.endsWith('.gz')) await compressFile(one);
}

/** Never rejects: what cannot be compressed stays as it is. */
async function compressFile(file: string): Promise<void> {
  const part = `${file}.gz.${process.pid}.part`;
  try {
    // Loaded by those who write log files.
    const { createGzip } = await import('node:zlib');
    const { mode, mtimeMs } = await stat(file);
    if (Date.now() - mtimeMs < SETTLING) return;
    await pipeline(createReadStream(file), createGzip(), createWriteStream(part, { mode }));
    await rename(part, `${file}.gz`);
    await rm(file, { force: true });
  } catch {
    await rm(part, { force: true }).catch(() => undefined);
  }
}

async function removeAbandoned(part: string): Promise<void> {
  const written = await stat(part).catch(() => undefined);
  if (written !== undefined && Date.now() - written.mtimeMs > ABANDONED) await rm(part, { force: true });
}
