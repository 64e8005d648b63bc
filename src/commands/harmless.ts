/** What could hide in a text or turn its direction. The joiner stays: emoji are made with it. */
const UNSEEN = /(?!\u200D)[\p{Cc}\p{Cf}]/gu;
/** What means something to Discord: formatting, code, links, mentions, timestamps, emoji. */
const MARKUP = /[\\*_~|`>#[\]()<:@]/g;

/**
 * A text of whatever origin as one line that Discord shows as it was written: without formatting, code blocks,
 * links, mentions and invisible characters.
 *
 * @param max - characters of the text that are shown; the result has at most twice as many, for the escapes
 */
export function harmless(text: string, max: number): string {
  const line = text.replaceAll(/\s+/g, ' ').replaceAll(UNSEEN, '').trim();
  return shorten(line, max).replaceAll(MARKUP, '\\$&').toWellFormed();
}

function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  // Half of a character is none.
  return `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
