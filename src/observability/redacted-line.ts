import { jsonLine, textLine, type LineOptions, type LogEntry } from './log-line.ts';
import type { Redactor } from './redactor.ts';

/** {@link textLine} without secrets. It never throws. */
export function redactedTextLine(entry: LogEntry, options: LineOptions, redactor: Redactor): string {
  return redactor.redact(safely(textLine, entry, options));
}

/**
 * {@link jsonLine} without secrets, and still JSON. It never throws.
 *
 * The finished line is what is searched, so nothing can slip by. Only when something was found is each string
 * redacted by itself: a token right behind an escaped line break would otherwise take the `n` of `\n` along.
 */
export function redactedJsonLine(entry: LogEntry, options: LineOptions, redactor: Redactor): string {
  const line = safely(jsonLine, entry, options);
  if (redactor.redact(line) === line) return line;
  const clean: unknown = JSON.parse(line, (_key, value: unknown) => redactOne(value, redactor));
  return redactor.redact(JSON.stringify(clean));
}

function redactOne(value: unknown, redactor: Redactor): unknown {
  const redact = (text: string) => redactor.redact(text);
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'number')
    return redact(String(value)) === String(value) ? value : redact(String(value));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [redact(key), item]),
  );
}

/** Whatever somebody hands to the logger, a getter that throws included, must not stop what was being logged. */
function safely(render: typeof textLine, entry: LogEntry, options: LineOptions): string {
  try {
    return render(entry, options);
  } catch {
    return render({ ...entry, fields: { unreadable: true } }, options);
  }
}
