import { REDACTED } from './secret-shapes.ts';

/** How the names of headers, fields and parameters end whose value is a secret, whatever that looks like. */
const SECRET_NAME =
  /(?:authorization|cookie|password|passwd|passphrase|secret|token|api[-_]?key|secret[-_]?key|private[-_]?key)$/i;

/**
 * What stands for a value under this name: `[redacted]` when it is a text, or a list of texts, and the name says that it
 * is a secret; else the value itself. Clients of HTTP keep requests with their headers in their errors.
 */
export function withoutNamedSecret(name: string, value: unknown): unknown {
  if (!SECRET_NAME.test(name)) return value;
  const isText = (one: unknown): boolean => typeof one === 'string' && one !== '';
  return isText(value) || (Array.isArray(value) && value.every(isText)) ? REDACTED : value;
}
