import { createHash, randomBytes } from 'node:crypto';
import { access, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { InputError, TroupeError, UnavailableError } from '../errors.ts';
import { endLine, headerLine, rowLine } from './backup-format.ts';
import { makeFolder } from './backup-target.ts';
import { type Dump, type DumpHeader, type DumpProgress, rowsIn } from './dump.ts';
import { syncFolder } from './secret-key-draft.ts';

/** A backup that was made. */
export interface WrittenBackup {
  /** An absolute path. */
  readonly file: string;
  /** Its size on disk. */
  readonly bytes: number;
  readonly header: DumpHeader;
}

/** How a backup is written. */
export interface BackupOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: DumpProgress | undefined;
  /** Whether a file of that name is overwritten. Default: no. */
  readonly force?: boolean;
}

/**
 * Writes a dump to a file that only its owner can read. It is complete and on disk before it gets its name; until then
 * what was there stays.
 *
 * @throws {InputError} when the file is there already
 * @throws {UnavailableError} when it cannot be written
 */
export async function writeBackup(
  dump: Dump,
  file: string,
  { signal, onProgress, force = false }: BackupOptions,
): Promise<WrittenBackup> {
  const draft = draftOf(file);
  try {
    await prepare(file, force);
    const handle = await open(draft, 'wx', 0o600);
    await pipeline(
      Readable.from(linesOf(dump, onProgress), { objectMode: false, highWaterMark: 1 << 16 }),
      createGzip(),
      handle.createWriteStream({ flush: true }),
      { signal },
    );
    const { size } = await stat(draft);
    await rename(draft, file);
    await syncFolder(file);
    return { file, bytes: size, header: dump.header };
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    if (signal.aborted) throw new InputError('interrupted; no backup was made');
    if (error instanceof TroupeError) throw error;
    if (isSystemError(error)) throw new UnavailableError(`cannot write ${file}`, { cause: error });
    throw error;
  }
}

/**
 * Makes sure that a backup can be written there, before anything is read for it.
 *
 * @throws {InputError} when the file is there already
 * @throws {UnavailableError} when it cannot be written
 */
export async function tryBackupPlace(file: string, force: boolean): Promise<void> {
  const draft = draftOf(file);
  try {
    await prepare(file, force);
    await (await open(draft, 'wx', 0o600)).close();
    await rm(draft);
  } catch (error) {
    if (isSystemError(error)) throw new UnavailableError(`cannot write ${file}`, { cause: error });
    throw error;
  }
}

async function prepare(file: string, force: boolean): Promise<void> {
  await makeFolder(path.dirname(file));
  if (!force && (await exists(file))) {
    throw new InputError(`${file} exists already`, { remedy: 'Add --force to overwrite it.' });
  }
}

function draftOf(file: string): string {
  return `${file}.${randomBytes(4).toString('hex')}.partial`;
}

async function* linesOf(dump: Dump, onProgress: DumpProgress = () => undefined): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const bytes = (line: string): Buffer => {
    const buffer = Buffer.from(line);
    hash.update(buffer);
    return buffer;
  };
  const total = rowsIn(dump.header);
  let rows = 0;
  yield bytes(headerLine(dump.header));
  for await (const batch of dump.batches()) {
    for (const row of batch.rows) yield bytes(rowLine(batch.table.name, row));
    rows += batch.rows.length;
    onProgress(rows, total);
  }
  yield Buffer.from(endLine({ rows, sha256: hash.digest('hex') }));
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
