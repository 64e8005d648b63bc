import { DUMP_TABLES } from '../../database/dump-tables.ts';
import type { DumpHeader } from '../../database/dump.ts';

/** How many rows of each table, for programs. */
export function rowsByTable({ tables }: DumpHeader): Record<string, number> {
  return Object.fromEntries(tables.map(({ name, rows }) => [name, rows]));
}

/** The main things in words: `3 agents, 12 memories, 1200 messages`. */
export function contentsInWords(rows: Readonly<Record<string, number>>): string {
  const { agents = 0, memories = 0, exchanges = 0 } = rows;
  return [
    amount(agents, 'agent', 'agents'),
    amount(memories, 'memory', 'memories'),
    amount(exchanges, 'message', 'messages'),
  ].join(', ');
}

/** A number with its word. */
export function amount(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Rows by table, one column for each of these; `-` where there is no such table. */
export function tableRows(columns: readonly Readonly<Record<string, number>>[]): string[][] {
  return DUMP_TABLES.map(({ name }) => [name, ...columns.map((rows) => String(rows[name] ?? '-'))]);
}
