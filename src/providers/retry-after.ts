/**
 * How long a provider asks to wait, in milliseconds: `retry-after-ms`, or `retry-after` in seconds or as a date
 * (RFC 9110, section 10.2.3). Undefined when it does not say, or says what cannot be read.
 *
 * @param now - milliseconds since 1970
 */
export function readRetryAfter(headers: Headers | undefined, now: number): number | undefined {
  const exact = number(headers?.get('retry-after-ms'));
  if (exact !== undefined) return Math.max(0, Math.ceil(exact));
  const text = headers?.get('retry-after') ?? '';
  const seconds = number(text);
  if (seconds !== undefined) return Math.max(0, Math.ceil(seconds * 1_000));
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function number(text: string | null | undefined): number | undefined {
  const value = text?.trim() ? Number(text) : NaN;
  return Number.isFinite(value) ? value : undefined;
}
