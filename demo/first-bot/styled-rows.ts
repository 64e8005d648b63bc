import type { IBufferCell } from '@xterm/headless';
import type { Screen } from '../../test/support/pseudo-terminal.ts';

/** Every row of a screen, and those that scrolled away, with ANSI styles; without the blank ones at the end. */
export function styledRows({ buffer, cols }: Screen): string[] {
  const { normal } = buffer;
  const rows = Array.from({ length: normal.length }, (_, at) => {
    const line = normal.getLine(at);
    const cells = Array.from({ length: cols }, (_cell, column) => line?.getCell(column));
    return styledRow(cells.filter((cell) => cell !== undefined));
  });
  return rows.slice(0, rows.findLastIndex((row) => row !== '') + 1);
}

function styledRow(cells: readonly IBufferCell[]): string {
  const end = cells.findLastIndex((cell) => cell.getChars().trim() !== '') + 1;
  let row = '';
  let style = '';
  for (const cell of cells.slice(0, end)) {
    // The second half of a wide character.
    if (cell.getWidth() === 0) continue;
    const own = styleOf(cell);
    if (own !== style) row += `\u001B[0${own}m`;
    style = own;
    row += cell.getChars() || ' ';
  }
  return style === '' ? row : `${row}\u001B[0m`;
}

/** As `;1;36`: bold, dim, one of the sixteen colours. */
function styleOf(cell: IBufferCell): string {
  const colour = cell.isFgPalette() ? cell.getFgColor() : undefined;
  const code = colour === undefined || colour > 15 ? '' : `;${colour < 8 ? 30 + colour : 82 + colour}`;
  return `${cell.isBold() ? ';1' : ''}${cell.isDim() ? ';2' : ''}${code}`;
}
