import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
};

/** What kinds of value, or which words, would do; none when the kind is not what is wrong. */
export function expectedBy(issue: Issue): string[] {
  if (issue.code === 'invalid_type') return [EXPECTED[issue.expected] ?? issue.expected];
  if (issue.code === 'invalid_value') return [issue.values.map(String).join(', ')];
  if (issue.code !== 'invalid_union') return [];
  return [...new Set(issue.errors.flat().flatMap(expectedBy))];
}
