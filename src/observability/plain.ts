import { messageOf } from '../errors.ts';
import { withoutNamedSecret } from './secret-names.ts';

const MAX_DEPTH = 6;
const MAX_ENTRIES = 100;

/**
 * A copy of any value that JSON can hold, whatever it was: errors become their messages, big integers digits,
 * bytes their number; what repeats itself or goes too deep is named instead, and secrets are that have a telling name. It never throws, whatever a getter
 * or a proxy does, since a log line must not fail.
 */
export function plain(value: unknown): unknown {
  try {
    return copy(value, []);
  } catch {
    return '[unreadable]';
  }
}

function copy(value: unknown, above: readonly object[]): unknown {
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return '[function]';
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return messageOf(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof URL || value instanceof RegExp) return String(value);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (above.includes(value)) return '[circular]';
  if (above.length >= MAX_DEPTH) return '[deep]';
  return copyEntries(value, [...above, value]);
}

function copyEntries(value: object, above: readonly object[]): unknown {
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return copy((value.toJSON as () => unknown)(), above);
  if (Array.isArray(value) || value instanceof Set) {
    return Array.from(value)
      .slice(0, MAX_ENTRIES)
      .map((item: unknown) => copy(item, above));
  }
  const entries: [unknown, () => unknown][] =
    value instanceof Map
      ? [...value].map(([key, item]: [unknown, unknown]) => [key, () => item])
      : Object.keys(value).map((key) => [key, () => (value as Record<string, unknown>)[key]]);
  return Object.fromEntries(
    entries.slice(0, MAX_ENTRIES).map(([key, read]) => [String(key), copyOne(String(key), read, above)]),
  );
}

/** One getter that throws does not take the others along. */
function copyOne(key: string, read: () => unknown, above: readonly object[]): unknown {
  try {
    return copy(withoutNamedSecret(key, read()), above);
  } catch {
    return '[unreadable]';
  }
}
