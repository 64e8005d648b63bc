import { BEHIND_NAME, REDACTED } from './secret-shapes.ts';

/** How the names of secrets end where `name=value` is written: by libpq, by ODBC, in an environment. */
const NAME = String.raw`(?i:password|passwd|passphrase|pwd|secret(?:[_-]?key)?|api[_-]?key|token)`;

/** A quote that ends no value, and no string of JSON. */
const inner = (ends: string): string => String.raw`\\*["'](?![\s,:)}\]\\${ends}]|$)`;

/** An escape, whole: cut in two, it would escape what follows. White space and quotes are no part of a value that way. */
const ESCAPE = String.raw`\\[^nrt"']`;

const VALUE = [
  String.raw`'(?:[^'"\\]|\\[^"]){0,500}'`,
  String.raw`\\+"(?![,:}\]\\]|$)(?:[^"\\]|\\[^"]){0,500}\\"`,
  String.raw`"(?![,:}\]]|$)[^"]{0,500}"`,
  String.raw`(?:[^\s"'\\]|${ESCAPE}|${inner(';')})+`,
].join('|');

const COOKIE = String.raw`(?:[^\s;,"'\\]|${ESCAPE}|${inner('')})+`;

const ASSIGNMENTS = new RegExp(
  [
    String.raw`(${NAME} ?= ?)(?!\[redacted\]|(?:true|false|null)\b)(?:${VALUE})`,
    String.raw`((?i:cookie)${BEHIND_NAME})(?=[^\s;,="'\\]{1,200}=)${COOKIE}(?:;\s?${COOKIE})*`,
  ].join('|'),
  'g',
);

/**
 * Replaces what stands under the name of a secret in a text: `password=…`, `PGPASSWORD=…`, `Cookie: …`. For what the
 * program itself says; in an answer or a setting it may be an example.
 */
export function redactAssignments(text: string): string {
  return text.replace(
    ASSIGNMENTS,
    (_, name: string | undefined, cookie: string | undefined) => (name ?? cookie ?? '') + REDACTED,
  );
}
