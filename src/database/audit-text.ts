import { namesSecret, variableReference } from '../agents/secret-settings.ts';
import { REDACTED, redactShapes } from '../observability/secret-shapes.ts';
import { storable } from './storable.ts';

/** What stands for a secret of which it is told apart from others, and nothing more. */
const MARK = /^\[secret [\da-f]{8}\]$/;

/** Longest text that goes on record, in characters: more than any setting may have. */
const MAX_TEXT = 2_000_000;

/**
 * A state of something as it goes on record: JSON, with what is a secret by the name that it stands under, or by its
 * shape, masked. Null for nothing.
 */
export function auditText(state: unknown): string | null {
  if (state === undefined || state === null) return null;
  const text = storable(JSON.stringify(masked(state)));
  return text.length <= MAX_TEXT ? text : JSON.stringify({ too_long: text.length });
}

/**
 * What stands for a secret: the same for the same one, so that a change of it is on record.
 *
 * @param fingerprint - a keyed hash of it
 */
export function secretMark(fingerprint: string): string {
  return `[secret ${fingerprint.slice(0, 8)}]`;
}

function masked(value: unknown, key = ''): unknown {
  if (typeof value === 'string') {
    if (MARK.test(value)) return value;
    return namesSecret(key) && variableReference(value) === undefined ? REDACTED : redactShapes(value);
  }
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => masked(item, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, masked(inner, name)]));
}
