import type { LineCounter } from 'yaml';
import { InputError } from '../errors.ts';

/** Collects what is wrong with one price file, and knows where in it everything stands. */
export class PricesReport {
  readonly #file: string;
  readonly #lines: LineCounter;
  readonly #problems: { readonly offset: number; readonly text: string }[] = [];

  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  /** @param offset - where it stands, counted from the text's beginning */
  add(offset: number, message: string): void {
    const { line, col } = this.#lines.linePos(offset);
    // The counter knows no lines at all when the text is empty.
    const place = `${this.#file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
    this.#problems.push({ offset, text: `${place}: ${message}` });
  }

  /** @throws {InputError} with a line `FILE:LINE:COLUMN: message` for each problem, in the file's order, if any */
  throwIfWrong(): void {
    if (this.#problems.length === 0) return;
    const inOrder = this.#problems.toSorted((one, other) => one.offset - other.offset);
    throw new InputError(inOrder.map(({ text }) => text).join('\n'));
  }
}
