import { z } from 'zod';
import { InputError } from '../errors.ts';
import { DUMP_TABLES } from './dump-tables.ts';
import type { DumpHeader } from './dump.ts';

// A backup is JSON Lines, compressed with gzip:
//
//   {"format":"troupe-backup","version":1,"created":…,"provider":…,"database":…,"migration":…,"tables":[{"name":…,"columns":…,"rows":…},…]}
//   {"table":"agents","row":{"id":…,"name":…,…}}
//   …
//   {"end":{"rows":…,"sha256":…}}
//
// The checksum is that of all lines before the last, with their line breaks.

const FORMAT = 'troupe-backup';

/** Raised when an older program could not read what a newer one writes. New tables and columns do not count. */
const VERSION = 1;

const headerSchema = z.object({
  created: z.iso.datetime().transform((text) => new Date(text)),
  provider: z.enum(['sqlite', 'postgresql', 'mysql']),
  database: z.string().optional(),
  migration: z.string(),
  tables: z.array(
    z.object({ name: z.string(), columns: z.array(z.string()), rows: z.number().int().nonnegative() }),
  ),
});

const rowSchema = z.object({ table: z.string(), row: z.record(z.string(), z.unknown()) });

const endSchema = z.object({
  end: z.object({ rows: z.number().int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
});

/** How a backup ends. */
export type BackupEnd = z.infer<typeof endSchema>['end'];

/** A backup's first line. */
export function headerLine(header: DumpHeader): string {
  return line({ format: FORMAT, version: VERSION, ...header });
}

/** The line of a row. */
export function rowLine(table: string, row: object): string {
  return line({ table, row });
}

/** A backup's last line. */
export function endLine(end: BackupEnd): string {
  return line({ end });
}

/**
 * Reads the first line.
 *
 * @param migrations - the migrations that this version knows
 * @throws {InputError} when it is none, or a newer version of Troupe wrote it; without the name of the file
 */
export function parseHeader(text: string, migrations: readonly string[]): DumpHeader {
  const value = parse(text) as { format?: unknown; version?: unknown } | undefined;
  if (value?.format !== FORMAT) throw new InputError('it is not a backup of Troupe');
  if (typeof value.version !== 'number' || value.version > VERSION) {
    throw newer(`it has the format ${String(value.version)}, and this version reads up to ${VERSION}`);
  }
  const read = headerSchema.safeParse(value);
  if (!read.success) throw new InputError('its first line is not complete');
  const { migration, tables } = read.data;
  if (!migrations.includes(migration)) {
    throw newer(`it was made after the migration ${migration}, which this version does not know`);
  }
  for (const { name, columns } of tables) {
    const table = DUMP_TABLES.find((one) => one.name === name);
    if (table === undefined) throw newer(`it has a table ${name}, which this version does not know`);
    const unknown = columns.find((column) => !Object.hasOwn(table.columns, column));
    if (unknown !== undefined) {
      throw newer(`it has a column ${name}.${unknown}, which this version does not know`);
    }
  }
  return read.data;
}

/** Which database the first line says that it is of; undefined when it does not, or is none. */
export function databaseIn(text: string): string | undefined {
  const value = parse(text) as { format?: unknown; database?: unknown } | undefined;
  return value?.format === FORMAT && typeof value.database === 'string' ? value.database : undefined;
}

/** A line behind the first one; undefined when it is neither a row nor an end. */
export function parseLine(text: string): z.infer<typeof rowSchema> | z.infer<typeof endSchema> | undefined {
  const value = parse(text);
  const row = rowSchema.safeParse(value);
  return row.success ? row.data : endSchema.safeParse(value).data;
}

function newer(problem: string): InputError {
  return new InputError(problem, {
    remedy: 'Restore it with the version of Troupe that made it, or a newer one.',
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
