import { REDACTED } from './secret-shapes.ts';

/** How the names of headers, fields and parameters end whose value is a secret, whatever that looks like. */
const SECRET_NAME =
  /(?:auth|authorization|cookie|credentials?|password|passwd|passphrase|pwd|secret|token|api[-_]?key|secret[-_]?key|private[-_]?key)$/i;

/** What is a secret as a text, and a count as a number: language models have tokens too. */
const PLURAL = /^tokens$/i;

/**
 * What stands for a value under this name: `[redacted]` when the name says that it is a secret, else the value itself.
 * That there is one, or none, is no secret: `true`, `null` and an empty text stay. Clients of HTTP keep requests with
 * their headers in their errors.
 */
export function withoutNamedSecret(name: string, value: unknown): unknown {
  const isSecret = SECRET_NAME.test(name) ? saysMore(value) : PLURAL.test(name) && hasText(value);
  return isSecret ? REDACTED : value;
}

function saysMore(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && typeof value !== 'boolean';
}

function hasText(value: unknown): boolean {
  const isText = (one: unknown): boolean => typeof one === 'string' && one !== '';
  return typeof value === 'object' && value !== null ? Object.values(value).some(isText) : isText(value);
}
