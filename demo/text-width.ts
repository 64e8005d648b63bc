const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** What terminals show two columns wide: emoji, and the letters of East Asia. */
const WIDE =
  /^(?:\p{Emoji_Presentation}|.*\uFE0F|[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}])/u;

/** How many columns of a terminal a text without control characters takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** A text cut to so many columns, with an ellipsis where something is missing. */
export function clip(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  return `${splitAt(text, columns - 1)[0].trimEnd()}…`;
}

/** A text in lines of at most so many columns, broken between words where that is possible. */
export function wrap(text: string, columns: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, columns));
}

function wrapLine(line: string, columns: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line.match(/\s+|\S+/g) ?? []) {
    if (textWidth(current + word) <= columns) {
      current += word;
      continue;
    }
    if (current.trim() !== '') lines.push(current.trimEnd());
    current = word.trim();
    while (textWidth(current) > columns) {
      const [head, tail] = splitAt(current, columns);
      lines.push(head);
      current = tail;
    }
  }
  return current === '' && lines.length > 0 ? lines : [...lines, current];
}

/** What fits into so many columns (one character at the least), and the rest. */
function splitAt(text: string, columns: number): [string, string] {
  let width = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    width += textWidth(segment);
    if (width > columns && index > 0) return [text.slice(0, index), text.slice(index)];
  }
  return [text, ''];
}
