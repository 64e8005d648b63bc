import { InputError } from '../errors.ts';
import { type DumpColumn, type DumpTable, fieldOf } from './dump-tables.ts';
import type { DumpRow } from './dump.ts';
import { storable } from './storable.ts';

/** A value as Prisma's client reads and takes it. */
type PrismaRow = Readonly<Record<string, unknown>>;

const INT64 = 2n ** 63n;

/** A row as Prisma's client read it, for a dump. */
export function dumpRow(columns: readonly string[], row: PrismaRow): DumpRow {
  return Object.fromEntries(columns.map((column) => [column, dumpValue(row[fieldOf(column)])]));
}

/** Json columns are as they are: Prisma makes neither dates nor bigints of what is in them. */
function dumpValue(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'bigint' ? String(value) : value;
}

/**
 * A row of a dump as Prisma's client takes it; what databases refuse in texts (NUL, halves of surrogate pairs) is left
 * out. Columns that the row lacks get their defaults.
 *
 * @param dbNull - what Prisma's client takes for a Json column without a value
 * @throws {InputError} when it is no row of this table
 */
export function prismaRow(table: DumpTable, row: DumpRow, dbNull: unknown): PrismaRow {
  const unknown = Object.keys(row).find((column) => !Object.hasOwn(table.columns, column));
  if (unknown !== undefined) throw wrongRow(table, row, `the column ${unknown} is not known`);
  return Object.fromEntries(
    Object.entries(table.columns).map(([name, column]) => [
      fieldOf(name),
      valueOf(row[name], column, dbNull, (problem) => wrongRow(table, row, `${name} ${problem}`)),
    ]),
  );
}

function valueOf(
  value: unknown,
  column: DumpColumn,
  dbNull: unknown,
  wrong: (problem: string) => InputError,
): unknown {
  if (value === undefined || value === null) {
    if (value === undefined && column.hasDefault) return undefined;
    if (!column.nullable) throw wrong('is missing');
    return column.type === 'json' ? dbNull : null;
  }
  const read = READERS[column.type](value);
  if (read === undefined) throw wrong(`is not of the type ${column.type}`);
  return read;
}

const READERS: Record<DumpColumn['type'], (value: unknown) => unknown> = {
  text: (value) => (typeof value === 'string' ? storable(value) : undefined),
  int: (value) => (Number.isSafeInteger(value) ? value : undefined),
  boolean: (value) => (typeof value === 'boolean' ? value : undefined),
  json: storableJson,
  time: (value) => {
    const time = typeof value === 'string' ? new Date(value) : undefined;
    return time === undefined || Number.isNaN(time.getTime()) ? undefined : time;
  },
  bigint: (value) => {
    if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) return undefined;
    const number = BigInt(value);
    return number >= -INT64 && number < INT64 ? number : undefined;
  },
};

function storableJson(value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map(storableJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storable(key), storableJson(item)]));
}

/**
 * Refuses a row with a text that is too long for its column: SQLite takes any, the others do not.
 *
 * @throws {InputError}
 */
export function refuseTooLong(table: DumpTable, row: DumpRow, provider: 'postgresql' | 'mysql'): void {
  for (const [name, { maxLength = Infinity, maxBytes = Infinity }] of Object.entries(table.columns)) {
    const value = row[name];
    if (typeof value !== 'string') continue;
    // Most are far below: counting takes long.
    const fits =
      (value.length <= maxLength || Array.from(value).length <= maxLength) &&
      (provider !== 'mysql' || value.length * 3 <= maxBytes || Buffer.byteLength(value) <= maxBytes);
    if (!fits) throw wrongRow(table, row, `${name} is too long for ${provider} (${value.length} characters)`);
  }
}

function wrongRow(table: DumpTable, row: DumpRow, problem: string): InputError {
  const id = table.key.map((column) => String(row[column])).join(', ');
  return new InputError(`the row ${id} of ${table.name} cannot be taken over: ${problem}`);
}
