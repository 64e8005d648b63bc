import { stripVTControlCharacters } from 'node:util';

/** A stretch of text in one style. */
export interface Span {
  readonly text: string;
  /** The colour by its ANSI number (30 to 37, 90 to 97); undefined for the terminal's own. */
  readonly colour: number | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
}

type Look = Omit<Span, 'text'>;

const PLAIN: Look = { colour: undefined, bold: false, dim: false };

/** Takes a line with ANSI styles apart. Only what the demo uses is understood: colours, bold, dim. */
export function ansiSpans(line: string): Span[] {
  const spans: Span[] = [];
  let look = PLAIN;
  // Text and style sequences take turns.
  // eslint-disable-next-line no-control-regex
  for (const [index, part] of line.split(/\x1b\[([\d;]*)m/).entries()) {
    if (index % 2 === 1) look = part.split(';').reduce((before, code) => after(before, Number(code)), look);
    else if (part !== '') spans.push({ ...look, text: stripVTControlCharacters(part) });
  }
  return spans;
}

function after(look: Look, code: number): Look {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 22) return { ...look, bold: false, dim: false };
  if (code === 39) return { ...look, colour: undefined };
  return (code >= 30 && code <= 37) || (code >= 90 && code <= 97) ? { ...look, colour: code } : look;
}
