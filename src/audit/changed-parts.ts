/** Two states of something, each with what is different alone. */
export interface ChangedParts {
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

/**
 * What is different between two states of something: with long prompts in it, that is what a person can read. What is
 * only in one of them is null in the other.
 *
 * @param always - what is in both all the same, so that an entry says what it is about
 * @returns undefined when nothing is different
 */
export function changedParts(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  always: readonly string[] = [],
): ChangedParts | undefined {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = keys.filter((key) => canonical(before[key]) !== canonical(after[key]));
  if (changed.length === 0) return undefined;
  const shown = keys.filter((key) => always.includes(key) || changed.includes(key));
  const pick = (from: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    Object.fromEntries(shown.map((key) => [key, from[key] ?? null]));
  return { before: pick(before), after: pick(after) };
}

/** JSON that does not depend on the order of keys, which databases change. */
export function canonical(value: unknown): string {
  const ordered = (_: string, part: unknown): unknown =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part;
  return JSON.stringify(value ?? null, ordered);
}
