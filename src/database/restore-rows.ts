import { InputError, TroupeError } from '../errors.ts';
import type { AuditedChange, Actor } from '../audit/audit-log.ts';
import { mergeAudit, type AuditMerge } from './audit-merge.ts';
import { appendToAudit, auditHead, auditInPrisma, lockAudit } from './audit-writer.ts';
import { DB_NULL, modelOf, type ModelClient } from './dump-client.ts';
import { sizeOf } from './dump-reader.ts';
import { DUMP_TABLES, type DumpTable, fieldOf } from './dump-tables.ts';
import { reasonOf } from './dump-trouble.ts';
import { prismaRow, refuseTooLong } from './dump-values.ts';
import { type Dump, type DumpBatch, type DumpProgress, type DumpRow, rowsIn } from './dump.ts';
import type { Prisma } from './generated/sqlite/client.ts';

type Transaction = Prisma.TransactionClient;

/** Rows that one statement deletes, so that none takes long. */
const DELETE_STEP = 5_000;

/** Characters that one statement inserts, as far as rows can be split: MySQL takes packets of 16 MB by default. */
const INSERT_SIZE = 2_000_000;
const INSERT_ROWS = 300;

/** How the rows of a dump come into a database. */
export interface RestoreRowsOptions {
  readonly provider: 'sqlite' | 'postgresql' | 'mysql';
  /**
   * Whether the new database takes up the work where the dump has it: exchanges that are open are finished, and messages
   * that came since are looked for. Otherwise they may have been answered since, and are over.
   */
  readonly resume: boolean;
  /** In whose name it is on record in the audit log. Default: it is not. */
  readonly actor?: Actor | undefined;
  readonly signal: AbortSignal;
  readonly onProgress?: DumpProgress | undefined;
}

/** What came of it. */
export interface RestoredRows {
  /** How many rows of each table were taken over, by its name. */
  readonly rows: Readonly<Record<string, number>>;
  /** Exchanges that were open and are over now. */
  readonly ended: number;
  /** Erasures on record that the dump did not know: what they erased may be back. */
  readonly laterErasures: number;
  /** Entries of the dump's audit log that were left out, since the log that is here is of another history. */
  readonly refusedAuditEntries: number;
}

/**
 * Replaces what a database holds by a dump, within a transaction: whatever it throws must undo all of it. See
 * {@link DumpPolicy} for what stays.
 *
 * @throws {InputError} when a row does not fit
 * @throws {TroupeError} when the database refuses one, or counts others than were written
 */
export async function restoreRows(
  transaction: Transaction,
  dump: Dump,
  options: RestoreRowsOptions,
): Promise<RestoredRows> {
  const { resume, signal, onProgress, provider } = options;
  const taken = DUMP_TABLES.filter(({ policy }) => resume || policy !== 'marks');
  const goes = ({ policy }: DumpTable): boolean => policy !== 'merged';
  const erasuresBefore = await erasures(transaction);
  const audit = await presentAudit(transaction, provider);
  // The marks go also where none come in: the journal that kept a bot from answering again behind its mark is gone.
  for (const table of DUMP_TABLES.filter(goes).reverse())
    await deleteAll(modelOf(transaction, table), table, signal);
  const rows: Record<string, number> = Object.fromEntries(taken.map(({ name }) => [name, 0]));
  const before = await countEach(transaction, taken);
  const now = new Date().toISOString();
  let ended = 0;
  let done = 0;
  for await (const { table, rows: read } of dump.batches()) {
    refuseInterrupted(signal);
    done += read.length;
    if (taken.includes(table)) {
      const made = read.map((row) => (resume ? row : endedRow(table, row, now)));
      ended += made.filter((row, index) => row !== read[index]).length;
      const missing =
        table.name === 'audit_entries'
          ? audit.take(made)
          : goes(table)
            ? made
            : await missingOf(modelOf(transaction, table), table, made);
      await insert(transaction, { table, rows: missing }, provider);
      rows[table.name] = (rows[table.name] ?? 0) + missing.length;
    }
    onProgress?.(done, rowsIn(dump.header));
  }
  refuseInterrupted(signal);
  const after = await countEach(transaction, taken);
  for (const { name } of taken) {
    const expected = (before.get(name) ?? 0) + (rows[name] ?? 0);
    if (after.get(name) !== expected) {
      throw new TroupeError(
        `${name} has ${after.get(name) ?? 0} rows and not ${expected}; nothing was changed`,
      );
    }
  }
  const dumped = dump.header.tables.find(({ name }) => name === 'erasures')?.rows ?? 0;
  const known = dumped - (rows['erasures'] ?? 0);
  if (options.actor !== undefined) {
    const change = restoreChange(dump, rows);
    await appendToAudit(auditInPrisma(transaction, provider), options.actor, [change], new Date());
  }
  const laterErasures = erasuresBefore - known;
  return { rows, ended, laterErasures, refusedAuditEntries: audit.refused };
}

/** The log as it is before anything comes in; nobody else writes to it from now on. */
async function presentAudit(
  transaction: Transaction,
  provider: RestoreRowsOptions['provider'],
): Promise<AuditMerge> {
  const log = auditInPrisma(transaction, provider);
  await lockAudit(log);
  const head = await auditHead(log, true);
  const entries = await transaction.auditEntry.findMany({ select: { sequence: true, hash: true } });
  return mergeAudit(head, new Map(entries.map(({ sequence, hash }) => [String(sequence), hash])));
}

function restoreChange({ header }: Dump, rows: Readonly<Record<string, number>>): AuditedChange {
  const after = { made: header.created, from: header.provider, rows };
  return { action: 'database.restore', subject: { kind: 'database', id: 'all' }, after };
}

async function countEach(
  transaction: Transaction,
  tables: readonly DumpTable[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const table of tables) counts.set(table.name, await modelOf(transaction, table).count());
  return counts;
}

async function erasures(transaction: Transaction): Promise<number> {
  return transaction.erasure.count();
}

/** In steps, by the first part of the key. */
async function deleteAll(model: ModelClient, { key }: DumpTable, signal: AbortSignal): Promise<void> {
  const [first = ''] = key.map(fieldOf);
  const select = { [first]: true };
  const orderBy = key.map((column) => ({ [fieldOf(column)]: 'asc' }));
  for (;;) {
    refuseInterrupted(signal);
    const bound = await model.findFirst({ select, orderBy, skip: DELETE_STEP });
    if (bound === null) break;
    const { count } = await model.deleteMany({ where: { [first]: { lt: bound[first] } } });
    // More than a step of them share it.
    if (count === 0) await model.deleteMany({ where: { [first]: bound[first] } });
  }
  await model.deleteMany({});
}

/** An exchange that is open, as one that is over; every other row as it is. */
function endedRow(table: DumpTable, row: DumpRow, now: string): DumpRow {
  const isOpen = table.name === 'exchanges' && row['finished_at'] === null && row['state'] !== 'dead-letter';
  if (!isOpen) return row;
  const over = { state: 'expired', reason: 'restored', finished_at: now };
  return { ...row, ...over, message: null, answer: null };
}

async function missingOf(
  model: ModelClient,
  { key }: DumpTable,
  rows: readonly DumpRow[],
): Promise<readonly DumpRow[]> {
  const [column = ''] = key;
  const field = fieldOf(column);
  const ids = rows.map((row) => row[column]);
  const there = await model.findMany({ where: { [field]: { in: ids } }, select: { [field]: true } });
  const known = new Set(there.map((row) => row[field]));
  return rows.filter((row) => !known.has(row[column]));
}

async function insert(
  transaction: Transaction,
  { table, rows }: DumpBatch,
  provider: RestoreRowsOptions['provider'],
): Promise<void> {
  for (const part of parts(rows)) {
    if (provider !== 'sqlite') for (const row of part) refuseTooLong(table, row, provider);
    const data = part.map((row) => prismaRow(table, row, DB_NULL));
    try {
      if (isPlain(table)) await insertPlainly(transaction, table, data, provider);
      else await modelOf(transaction, table).createMany({ data });
    } catch (error) {
      throw new TroupeError(`the database did not take rows of ${table.name}: ${reasonOf(error)}`, {
        remedy: 'Nothing was changed.',
      });
    }
  }
}

/** Whether its values are the same for every database as they are. */
function isPlain({ columns }: DumpTable): boolean {
  return Object.values(columns).every(({ type }) => type !== 'json');
}

/** Past Prisma's query compiler, which takes many times as long as the database for statements of this size. */
async function insertPlainly(
  transaction: Transaction,
  table: DumpTable,
  rows: readonly Readonly<Record<string, unknown>>[],
  provider: RestoreRowsOptions['provider'],
): Promise<void> {
  const columns = Object.keys(table.columns);
  const fields = columns.map(fieldOf);
  // Columns with a default have one in every row of a dump, or in none.
  const present = columns.filter((_, index) => rows[0]?.[fields[index] ?? ''] !== undefined);
  const values = rows.flatMap((row) => present.map((column) => row[fieldOf(column)]));
  const quote = provider === 'mysql' ? '`' : '"';
  const place = (index: number): string => (provider === 'postgresql' ? `$${index + 1}` : '?');
  const lists = rows.map(
    (_, row) => `(${present.map((__, index) => place(row * present.length + index)).join(', ')})`,
  );
  await transaction.$executeRawUnsafe(
    `INSERT INTO ${quote}${table.name}${quote} (${present.map((name) => quote + name + quote).join(', ')}) VALUES ${lists.join(', ')}`,
    ...values,
  );
}

function* parts(rows: readonly DumpRow[]): Generator<readonly DumpRow[]> {
  let part: DumpRow[] = [];
  let size = 0;
  for (const row of rows) {
    const more = sizeOf(row);
    if (part.length > 0 && (part.length >= INSERT_ROWS || size + more > INSERT_SIZE)) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(row);
    size += more;
  }
  if (part.length > 0) yield part;
}

function refuseInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw new InputError('interrupted; nothing was changed');
}
