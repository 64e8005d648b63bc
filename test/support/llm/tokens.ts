/**
 * The stand-in's rule for tokens: a token is up to four characters of one word, together with the white space
 * before it; white space at the very end is a token of its own. `"Hello  world"` is `Hell`, `o`, `  worl`, `d`.
 */
const TOKEN = /\s*\S{1,4}|\s+/gu;

/** What every message of a prompt costs beside its text. */
export const TOKENS_PER_MESSAGE = 3;

/** What every image of a prompt costs. */
export const TOKENS_PER_IMAGE = 85;

/** The tokens of a text, in order; joined, they are the text. */
export function tokenize(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** How many tokens a text has. */
export function countTokens(text: string): number {
  return text.match(TOKEN)?.length ?? 0;
}
