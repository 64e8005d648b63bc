import { InputError } from '../errors.ts';
import { printable } from './show-value.ts';

/** A place in an agents file. Lines and columns begin with 1; a column is one UTF-16 unit. */
export interface FilePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something that is wrong, or worth a look, at a place in an agents file. Never holds a secret. */
export interface FileProblem extends FilePlace {
  readonly message: string;
}

/** `FILE:LINE:COLUMN: message`, the form in which every problem of a file is shown; safe to print, on one line. */
export function formatProblem(problem: FileProblem): string {
  return printable(`${problem.file}:${problem.line}:${problem.column}: ${problem.message}`);
}

/** An agents file that cannot be loaded. Holds everything that is wrong with it, in the file's order. */
export class AgentsFileError extends InputError {
  readonly problems: readonly FileProblem[];

  /** The message is one line a problem, each as {@link formatProblem} writes it. */
  constructor(problems: readonly FileProblem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** An agents file that is in order, and cannot be loaded as long as the stored agents are what they are. */
export class StoredConflictError extends AgentsFileError {}
