/** The text without NUL characters, which PostgreSQL refuses and SQLite cuts at, and with whole surrogates. */
export function storable(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '') : text).toWellFormed();
}
