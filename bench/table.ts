import { PROGRAMS } from './program.ts';
import type { BenchSummary, Row } from './summary.ts';
import type { Spread } from './statistics.ts';

const HEADINGS = ['', 'Troupe', 'core loop', 'raw', 'Troupe / core'];

/** The tables of all bot counts, as text. */
export function formatTables(summary: BenchSummary): string {
  return summary.botCounts.map((bots) => formatTable(summary, bots)).join('\n\n');
}

function formatTable(summary: BenchSummary, bots: number): string {
  const title = bots === 1 ? '1 bot' : `${bots} bots`;
  const grid = formatGrid([HEADINGS, ...summary.rows(bots).map(formatRow)]);
  return [title, grid, ...summary.behind(bots).map((remark) => `! ${remark}`)].join('\n');
}

function formatRow({ label, digits, values }: Row): string[] {
  const ratio = values.troupe.median / values.core.median;
  const spreads = PROGRAMS.map((name) => formatSpread(values[name], digits));
  return [label, ...spreads, Number.isFinite(ratio) ? `${ratio.toFixed(2)} ×` : ''];
}

/** Rows of cells below one another: the first column begins at its left, the others end at their right. */
export function formatGrid(cells: readonly (readonly string[])[]): string {
  const columns = Math.max(...cells.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}

/** The median, and the ends unless they look the same. */
export function formatSpread({ median, min, max }: Spread, digits: number): string {
  if (!Number.isFinite(median)) return '';
  const ends = [min, max].map((value) => value.toFixed(digits));
  return ends[0] === ends[1] ? median.toFixed(digits) : `${median.toFixed(digits)} (${ends.join('–')})`;
}
