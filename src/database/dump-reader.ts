import { fieldOf, type DumpTable } from './dump-tables.ts';
import type { ModelClient } from './dump-client.ts';

/** How much is read at once, in characters, as far as that is known before. */
const BATCH_SIZE = 4_000_000;

/** Rows of the first batch of a table, and the most of any. */
const FIRST_ROWS = 20;
const MOST_ROWS = 500;

type Row = Readonly<Record<string, unknown>>;

/** Reads a table from its first row to its last in the order of its key, a batch at a time. */
export async function* readTable(
  model: ModelClient,
  { key }: Pick<DumpTable, 'key'>,
  columns: readonly string[],
): AsyncGenerator<readonly Row[]> {
  const fields = key.map(fieldOf);
  const query = {
    select: Object.fromEntries([...columns, ...key].map((column) => [fieldOf(column), true])),
    orderBy: fields.map((field) => ({ [field]: 'asc' })),
  };
  let take = FIRST_ROWS;
  let last: Row | undefined;
  for (;;) {
    const where = last === undefined ? {} : after(fields, last);
    const rows = await model.findMany({ ...query, where, take });
    if (rows.length > 0) yield rows;
    if (rows.length < take) return;
    last = rows.at(-1);
    take = nextTake(rows);
  }
}

/** The rows behind this one. The first part is said on its own as well, so that the index is used. */
function after(fields: readonly string[], last: Row): object {
  const [first = '', ...others] = fields;
  if (others.length === 0) return { [first]: { gt: last[first] } };
  return {
    [first]: { gte: last[first] },
    OR: [{ [first]: { gt: last[first] } }, { [first]: last[first], ...after(others, last) }],
  };
}

/** More at once while rows are small, fewer once they are large. */
function nextTake(rows: readonly Row[]): number {
  const size = rows.reduce((sum, row) => sum + sizeOf(row), 0);
  const fitting = Math.floor(BATCH_SIZE / (size / rows.length));
  return Math.max(1, Math.min(fitting, rows.length * 4, MOST_ROWS));
}

/** About as many characters as a row has. */
export function sizeOf(row: Row): number {
  return Object.values(row).reduce<number>((sum, value) => sum + lengthOf(value), 0);
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return typeof value === 'object' && value !== null ? JSON.stringify(value).length : 8;
}
