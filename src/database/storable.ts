/**
 * The text without NUL characters, which PostgreSQL refuses and SQLite cuts at, and with whole surrogates.
 *
 * @param most - the length of its column, in UTF-16 units; what is behind is cut. Default: as long as it is
 */
export function storable(text: string, most = Infinity): string {
  return (text.includes('\0') ? text.replaceAll('\0', '') : text).slice(0, most).toWellFormed();
}

/** JSON with nothing but storable text in it, which PostgreSQL and MariaDB demand of a Json column. */
export function storableJson(value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map(storableJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [storable(key), storableJson(part)]));
}
