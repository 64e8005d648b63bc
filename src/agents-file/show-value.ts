import { REDACTED, redactShapes } from '../observability/secret-shapes.ts';

/** Longest text that is shown whole, in UTF-16 units. */
const MAX_SHOWN = 60;

const SECRET_KEY = /(?:^|[_.-])(?:key|token|secret|password|passwd|credentials?|authorization)$/i;
/** Control characters, and those that turn the direction of writing: they could forge what a terminal shows. */
const UNSEEN = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Whether what stands under this key is a secret, going by its name: `api_key` is, `max_tokens` is not. */
export function namesSecret(key: string): boolean {
  return SECRET_KEY.test(key);
}

/** A text that is safe to print on a terminal, on one line. */
export function printable(text: string): string {
  return text.replaceAll(UNSEEN, (unseen) => `\\u${unseen.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A text in quotes, printable and of bounded length. */
export function quote(text: string): string {
  return showValue(text);
}

/** Any value of an agent's settings for a person to read: on one line, of bounded length, without secrets. */
export function showValue(value: unknown): string {
  const json = JSON.stringify(value, (key, inner: unknown) => {
    if (namesSecret(key)) return REDACTED;
    return typeof inner === 'string' ? shorten(redactShapes(inner)) : inner;
  }) as string | undefined;
  if (json === undefined) return 'nothing';
  return printable(typeof value === 'string' ? json : shorten(json));
}

function shorten(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - 1).toWellFormed()}…`;
}
