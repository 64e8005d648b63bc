import { namesSecret, variableReference } from './secret-settings.ts';
import { REDACTED, redactShapes } from '../observability/secret-shapes.ts';

/** Longest text that is shown whole, in UTF-16 units. */
const MAX_SHOWN = 60;

/** Control characters, and those that turn the direction of writing: they could forge what a terminal shows. */
const UNSEEN = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** A text that is safe to print on a terminal, on one line. */
export function printable(text: string): string {
  return text.replaceAll(UNSEEN, (unseen) => `\\u${unseen.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A text in quotes, printable and of bounded length. */
export function quote(text: string): string {
  return showValue(text);
}

/**
 * Any value of an agent's settings for a person to read: on one line, of bounded length, without secrets.
 *
 * @param key - what it stands under, which may tell that it is a secret
 */
export function showValue(value: unknown, key = ''): string {
  const json = JSON.stringify(withoutSecrets(value, key), (_, inner: unknown) =>
    typeof inner === 'string' ? shorten(inner) : inner,
  ) as string | undefined;
  if (json === undefined) return 'nothing';
  return printable(typeof value === 'string' ? json : shorten(json));
}

/**
 * A value of an agent's settings with `[redacted]` for every secret in it, whether open or encrypted. A secret that
 * is only a reference, `${NAME}`, is shown.
 *
 * @param key - what it stands under, which may tell that it is a secret
 */
export function withoutSecrets(value: unknown, key = ''): unknown {
  if (value === undefined) return undefined;
  if (namesSecret(key)) return isReference(value) ? value : REDACTED;
  if (typeof value === 'string') return redactShapes(value);
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withoutSecrets(inner, name)]),
  );
}

function isReference(value: unknown): boolean {
  return typeof value === 'string' && variableReference(value) !== undefined;
}

/** A text of bounded length. */
export function shorten(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - 1).toWellFormed()}…`;
}
