import { type TerminalRow, terminalRows } from './terminal-rows.ts';

/** What of a terminal is written on. */
export interface TerminalOutput extends NodeJS.WritableStream {
  /** 0 or undefined where the terminal does not tell. */
  readonly columns?: number;
  readonly rows?: number;
  /** Asks the terminal for its size now; Node itself waits until it is told of a change. */
  _refreshSize?(): void;
}

/** What a terminal is taken to be that does not tell. */
const USUAL = { columns: 80, rows: 24 } as const;

/**
 * A text at the end of a terminal's output that can change. Only the rows that differ are written again, in one
 * go; what has scrolled away stays as it was. The cursor waits on the empty row below: terminals that are resized fit
 * every line to the new width but the one that the cursor is in.
 */
export class LiveText {
  readonly #output: TerminalOutput;
  #text = '';

  constructor(output: TerminalOutput) {
    this.#output = output;
  }

  /** Shows this text in place of the one before. */
  show(text: string): void {
    // Written for the size before, a row would go where another stands.
    this.#output._refreshSize?.();
    const columns = told(this.#output.columns) ?? USUAL.columns;
    const height = told(this.#output.rows) ?? USUAL.rows;
    const before = terminalRows(this.#text, columns);
    const after = terminalRows(text, columns);
    this.#text = text;
    const first = Math.max(firstChange(before, after), before.length - (height - 1));
    if (first >= before.length && first >= after.length) return;
    const up = before.length - first;
    const written = after.slice(first).map((row) => inPlace(row, columns));
    this.#output.write(`${up > 0 ? `\u001B[${up}A` : ''}\r${written.join('')}\u001B[J`);
  }

  /** Leaves the text where it is; what is shown next stands below. */
  end(): void {
    this.#text = '';
  }
}

function told(size: number | undefined): number | undefined {
  return size === 0 ? undefined : size;
}

function firstChange(before: readonly TerminalRow[], after: readonly TerminalRow[]): number {
  const changed = before.findIndex(
    ({ text, wraps }, index) => text !== after[index]?.text || wraps !== after[index].wraps,
  );
  return changed === -1 ? before.length : changed;
}

/** A full row is followed by the next by itself; behind any other, what stood there before is erased. */
function inPlace({ text, width, wraps }: TerminalRow, columns: number): string {
  if (wraps) return text;
  return `${text}${width < columns ? '\u001B[K' : ''}\r\n`;
}
