import { byWords } from './by-words.ts';
import { hasInvisible, stripInvisible } from './invisible-characters.ts';
import { createLinkFilter } from './link-filter.ts';
import { chain, MAX_HELD, type TextFilter } from './text-filter.ts';

/** What stands before a secret, with white space between: the two have to be looked at together. */
const BEFORE_SECRET =
  /(?:bearer|bot|basic|authorization|api-key|x-amz-security-token)(?:\\[nrt]|[\\"'\s:=])*$/i;

/** Whether a secret may begin in a word and end in the next. */
function mayHoldHalfASecret(word: string): boolean {
  return BEFORE_SECRET.test(word) || (word.includes('://') && !/\s$/.test(word));
}

/**
 * Makes what an agent says fit to be shown, while it comes: takes out invisible characters and secrets, and shows
 * where masked links lead that pretend to lead elsewhere. Words come out whole.
 *
 * @param redact - takes secrets out of a text
 */
export function createHarmlessText(redact: (text: string) => string): TextFilter {
  return chain([byWords(stripInvisible), createLinkFilter(), byWords(redact, mayHoldHalfASecret)]);
}

/** The whole of a text as {@link createHarmlessText} makes it. */
export function harmlessText(text: string, redact: (text: string) => string): string {
  // Most texts are short and plain: nothing but secrets can be in them.
  if (text.length <= MAX_HELD && !text.includes('](') && !hasInvisible(text)) return redact(text);
  const filter = createHarmlessText(redact);
  return filter.push(text) + filter.end();
}
