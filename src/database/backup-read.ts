import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { InputError, TroupeError } from '../errors.ts';
import { databaseIn, parseHeader, parseLine } from './backup-format.ts';
import { DUMP_TABLES } from './dump-tables.ts';
import { prismaRow } from './dump-values.ts';
import { type Dump, type DumpBatch, type DumpHeader, type DumpRow, rowsIn } from './dump.ts';

/** Rows and bytes of a batch at most; one row at least. */
const BATCH_ROWS = 500;
const BATCH_BYTES = 4_000_000;

/** No row of ours is longer: three long texts of 16 MB, every character escaped. */
const LONGEST_LINE = 400_000_000;

/**
 * Opens a backup. Its header is checked here; that all of it is as it was written shows at the end of its batches, so
 * whoever uses them before that can undo it has to read them once for that alone ({@link verifyDump}).
 *
 * @param migrations - the migrations that this version knows
 * @throws {InputError} when it is not there, is no backup, or a newer version of Troupe made it
 */
export async function openBackup(file: string, migrations: readonly string[]): Promise<Dump> {
  const header = await told(file, async () => {
    const lines = linesOf(file);
    const first = await lines.next();
    await lines.return(undefined);
    if (first.done) throw cutOff();
    return parseHeader(first.value.toString(), migrations);
  });
  return { header, batches: () => batchesOf(file, header) };
}

/** Which database a backup is of; undefined when it does not tell, or cannot be read. */
export async function databaseOfBackup(file: string): Promise<string | undefined> {
  const lines = linesOf(file);
  try {
    const first = await lines.next();
    return first.done ? undefined : databaseIn(first.value.toString());
  } catch {
    return undefined;
  } finally {
    await lines.return(undefined);
  }
}

/**
 * Reads all of a dump, so that one which was cut off or changed is found before anything is done with it.
 *
 * @param look - is shown every batch
 * @throws {InputError} when it is not as it was written
 */
export async function verifyDump(
  dump: Dump,
  signal: AbortSignal,
  look: (batch: DumpBatch, done: number) => void,
): Promise<void> {
  let done = 0;
  for await (const batch of dump.batches()) {
    if (signal.aborted) throw new InputError('interrupted; nothing was changed');
    for (const row of batch.rows) prismaRow(batch.table, row, null);
    done += batch.rows.length;
    look(batch, done);
  }
}

async function* batchesOf(file: string, header: DumpHeader): AsyncGenerator<DumpBatch> {
  const batches = readBatches(file, header);
  try {
    for (;;) {
      const next = await told(file, () => batches.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await batches.return(undefined);
  }
}

async function* readBatches(file: string, header: DumpHeader): AsyncGenerator<DumpBatch> {
  const hash = createHash('sha256');
  const counts = new Map<string, number>();
  let batch: { name: string; rows: DumpRow[]; bytes: number } | undefined;
  let ended = false;
  let first = true;
  for await (const line of linesOf(file)) {
    if (ended) throw damaged('there is something behind its end');
    if (first) {
      first = false;
      add(hash, line);
      continue;
    }
    const parsed = parseLine(line.toString());
    if (parsed === undefined) throw damaged('a line in it is neither a row nor its end');
    if ('end' in parsed) {
      if (batch !== undefined) yield finished(batch);
      checkEnd(parsed.end, hash.digest('hex'), counts, header);
      ended = true;
      continue;
    }
    add(hash, line);
    counts.set(parsed.table, (counts.get(parsed.table) ?? 0) + 1);
    const isFull = batch !== undefined && (batch.rows.length >= BATCH_ROWS || batch.bytes >= BATCH_BYTES);
    if (batch !== undefined && (isFull || batch.name !== parsed.table)) {
      yield finished(batch);
      batch = undefined;
    }
    batch ??= { name: parsed.table, rows: [], bytes: 0 };
    batch.rows.push(parsed.row);
    batch.bytes += line.length;
  }
  if (!ended) throw cutOff();
}

function finished({ name, rows }: { name: string; rows: DumpRow[] }): DumpBatch {
  const table = DUMP_TABLES.find((one) => one.name === name);
  if (table === undefined) throw damaged(`it has rows of an unknown table, ${name}`);
  return { table, rows };
}

function checkEnd(
  end: { rows: number; sha256: string },
  sha256: string,
  counts: ReadonlyMap<string, number>,
  header: DumpHeader,
): void {
  if (end.sha256 !== sha256) throw damaged('its checksum does not fit');
  if (end.rows !== rowsIn(header))
    throw damaged('its first line and its last tell different numbers of rows');
  if ([...counts.keys()].some((name) => !header.tables.some((table) => table.name === name))) {
    throw damaged('it has rows of a table that its first line lacks');
  }
  for (const { name, rows } of header.tables) {
    if (counts.get(name) !== (rows || undefined)) throw damaged(`it lacks rows of ${name}`);
  }
}

function add(hash: Hash, line: Buffer): void {
  hash.update(line).update('\n');
}

/** The lines of a file without their line breaks, whatever its size in little memory. */
async function* linesOf(file: string): AsyncGenerator<Buffer> {
  const source = createReadStream(file);
  const text = createGunzip();
  source.on('error', (error) => text.destroy(error));
  source.pipe(text);
  try {
    let parts: Buffer[] = [];
    let length = 0;
    for await (const chunk of text as AsyncIterable<Buffer>) {
      let from = 0;
      for (let to = chunk.indexOf(10); to !== -1; to = chunk.indexOf(10, from)) {
        yield Buffer.concat([...parts, chunk.subarray(from, to)]);
        parts = [];
        length = 0;
        from = to + 1;
      }
      if (from < chunk.length) parts.push(chunk.subarray(from));
      length += chunk.length - from;
      if (length > LONGEST_LINE) throw damaged('a line in it is too long');
    }
    if (parts.length > 0) throw cutOff();
  } finally {
    source.destroy();
    text.destroy();
  }
}

function cutOff(): InputError {
  return damaged('it is cut off');
}

function damaged(problem: string): InputError {
  return new InputError(problem, { remedy: 'Nothing was changed. Take another backup.' });
}

/** Adds the file's name to what is wrong with it. */
async function told<Result>(file: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT') throw new InputError(`there is no file ${file}`);
    const problem = problemOf(error, code);
    if (problem !== undefined) {
      throw new InputError(`${file} cannot be used: ${problem.message}`, { remedy: problem.remedy });
    }
    if (code === '') throw error;
    throw new InputError(`${file} cannot be read`, { cause: error });
  }
}

function problemOf(error: unknown, code: string): TroupeError | undefined {
  if (error instanceof TroupeError) return error;
  if (code === 'Z_BUF_ERROR') return cutOff();
  return code.startsWith('Z_') ? damaged('it is damaged, or no backup of Troupe') : undefined;
}
