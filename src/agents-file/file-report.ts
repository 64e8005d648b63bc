import type { LineCounter } from 'yaml';
import type { FilePlace, FileProblem } from './file-problem.ts';

/** Collects what is wrong with one file while it is being read, and knows where in it everything stands. */
export class FileReport {
  readonly file: string;
  readonly errors: FileProblem[] = [];
  readonly warnings: FileProblem[] = [];
  readonly #lines: LineCounter;

  constructor(file: string, lines: LineCounter) {
    this.file = file;
    this.#lines = lines;
  }

  /** The place of a character, counted from the text's beginning. */
  place(offset: number): FilePlace {
    const { line, col } = this.#lines.linePos(offset);
    // The counter knows no lines at all when the text is empty.
    return { file: this.file, line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  /** Notes something for which the file is refused. */
  error(offset: number, message: string): void {
    this.errors.push({ ...this.place(offset), message });
  }

  /** Notes something that is worth a look, and hands it back. */
  warn(offset: number, message: string): FileProblem {
    const warning = { ...this.place(offset), message };
    this.warnings.push(warning);
    return warning;
  }
}
