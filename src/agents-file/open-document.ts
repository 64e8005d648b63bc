import { LineCounter, parseDocument, type Document, type YAMLError } from 'yaml';
import { FileReport } from './file-report.ts';

/** Largest agents file, in bytes: a thousand agents with a page of prompt each. */
export const MAX_FILE_BYTES = 1024 * 1024;

/** What is said of a larger one. */
export const TOO_LARGE = 'the file is larger than 1 MiB; split it and load the folder';

/** What is said of lists and maps in one another without end. */
export const TOO_DEEP = 'the nesting is too deep';

/** An agents file that was read as YAML. */
export interface OpenDocument {
  readonly report: FileReport;
  readonly text: string;
  /** Undefined when the syntax is wrong: what could be made of it is not to be relied on. */
  readonly document: Document.Parsed | undefined;
}

/**
 * Reads a text as one YAML 1.2 document; what is wrong with it is in the report.
 *
 * Integers become BigInt and scalars keep their source, because a double rounds Discord's ids.
 */
export function openDocument(file: string, source: string): OpenDocument {
  const lines = new LineCounter();
  const report = new FileReport(file, lines);
  const text = source.replace(/^\uFEFF/, '');
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) {
    report.error(0, TOO_LARGE);
    return { report, text, document: undefined };
  }
  const document = parseDocument(text, {
    intAsBigInt: true,
    lineCounter: lines,
    prettyErrors: false,
    resolveKnownTags: false,
    schema: 'core',
    // Checked where the keys are read, which can name the first place too.
    uniqueKeys: false,
  });
  let line = 0;
  for (const problem of [...document.errors, ...document.warnings]) {
    const offset = problem.pos[0];
    // One mistake often upsets the rest of its line; what follows from it helps nobody.
    if (report.place(offset).line === line) continue;
    line = report.place(offset).line;
    report.error(offset, syntaxMessage(problem, text));
  }
  return { report, text, document: report.errors.length === 0 ? document : undefined };
}

function syntaxMessage({ code, message, pos: [offset] }: YAMLError, text: string): string {
  if (text.slice(offset - 1, offset + 1) === '${') {
    return 'inside [ ] and { } a variable needs quotes: "${NAME}"';
  }
  switch (code) {
    case 'MULTIPLE_DOCS':
      return 'a second YAML document begins here; a file holds one';
    case 'TAB_AS_INDENT':
      return 'a tab is not allowed as indentation; use spaces';
    case 'TAG_RESOLVE_FAILED':
      return 'YAML tags are not supported; take the "!" and what follows it away';
    case 'RESOURCE_EXHAUSTION':
      return TOO_DEEP;
    default:
      // What the library quotes after a colon is the file's own text, and may be a secret.
      return `not valid YAML: ${message.replace(/(?<=\S):\s.*$/s, '')}`;
  }
}
