/**
 * Rows as lines of a table whose columns stand below one another.
 *
 * @param words - columns of words, which come first; numbers stand on the right. Default: all are words.
 */
export function alignedTable(rows: readonly (readonly string[])[], words = Infinity): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row.map((cell, column) =>
      column < words ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    ),
  );
  return `${lines.map((cells) => cells.join('  ').trimEnd()).join('\n')}\n`;
}
