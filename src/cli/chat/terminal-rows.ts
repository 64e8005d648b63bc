/** A row of a terminal. */
export interface TerminalRow {
  readonly text: string;
  /** In columns. */
  readonly width: number;
  /** Whether the line goes on in the next row. */
  readonly wraps: boolean;
}

/** A colour or style, a line break, or a character. */
const TOKEN = /(?!\n)\p{Cc}\[[\d;]*m|[^]/gu;

/** What takes no column of its own. */
const NO_WIDTH = /^[\p{Cc}\p{Mn}\p{Me}\p{Cf}]/u;

/** What takes two columns: emoji, and the letters of East Asia. */
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}])$/u;

/**
 * The rows that a terminal shows a text in; it wraps lines wherever a row is full. None for an empty text.
 *
 * @param text - without control characters but line breaks, colours and styles
 */
export function terminalRows(text: string, columns: number): TerminalRow[] {
  if (text === '') return [];
  const rows: TerminalRow[] = [];
  let row = '';
  let width = 0;
  const end = (wraps: boolean): void => {
    rows.push({ text: row, width, wraps });
    row = '';
    width = 0;
  };
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '\n') {
      end(false);
      continue;
    }
    const size = NO_WIDTH.test(token) ? 0 : WIDE.test(token) ? 2 : 1;
    if (width > 0 && width + size > columns) end(true);
    row += token;
    width += size;
  }
  end(false);
  return rows;
}
