import { redactShapes, REDACTED } from '../observability/secret-shapes.ts';
import type { ErrorSource } from './classify-error.ts';

/** Of a provider's own words, so many characters are kept. */
const KEPT = 200;

/** A message that is shorter says nothing about anybody. */
const WORTH_HIDING = 4;

/** So many characters in a row that are also in the conversation are a quotation. */
const QUOTATION = 16;

/**
 * A provider's own words about an error, for the log: without keys (also half-masked ones, as OpenAI shows them),
 * without what is between quotes unless it is a name, and without any word when they quote the conversation.
 */
export function harmlessWords(text: string, { request, target: { apiKey } }: ErrorSource): string {
  // Whole words: half of a secret is not known for one.
  const short = text.length <= KEPT * 2 ? text : text.slice(0, KEPT * 2).replace(/\S{0,400}$/, '');
  if (quotes(short, request.system)) return '';
  for (const { parts } of request.messages) {
    if (parts.some((part) => part.kind === 'text' && quotes(short, part.text))) return '';
  }
  const withoutKey = apiKey.length < 8 ? short : short.replaceAll(apiKey, REDACTED);
  const withoutSecrets = redactShapes(withoutKey.replaceAll(/\S*\*{3,}\S*/g, REDACTED));
  return withoutSecrets.replaceAll(/(["'`“‘])(.*?)(["'`”’])/g, keepName).slice(0, KEPT);
}

function keepName(whole: string, _open: string, quoted: string): string {
  return /^[\w.:/[\]-]{1,40}$/.test(quoted) ? whole : '…';
}

function quotes(text: string, said: string): boolean {
  // A short message is quoted as a whole or not at all.
  if (said.length < QUOTATION) return said.trim().length >= WORTH_HIDING && text.includes(said.trim());
  for (let at = 0; at + QUOTATION <= text.length; at++) {
    if (said.includes(text.slice(at, at + QUOTATION))) return true;
  }
  return false;
}
