import type { z } from 'zod';
import { InputError } from '../errors.ts';
import { redactShapes } from '../observability/secret-shapes.ts';
import { nearest } from '../util/nearest.ts';
import { expectedBy } from './expected-by.ts';
import { labelOf, unknownKey } from './issue-words.ts';
import { namesSecret } from './secret-settings.ts';
import { settleIssue } from './settle-issue.ts';
import { printable, quote } from './show-value.ts';
import { keysOf, shapeAt, type ValueShape } from './value-shape.ts';

type Issue = z.core.$ZodIssue;

/** What is wrong with a value that somebody handed in, and where. Never holds a secret. */
export interface InputProblem {
  /** `config.tokens_range.from`, `guild_whitelist[2]`. */
  readonly path: string;
  readonly message: string;
}

/** Problems of one value that are told; of the rest, how many there are: whoever hands it in may be anybody. */
export const MOST_PROBLEMS = 50;

/** A value that somebody handed in cannot be used; tells what is wrong with it, up to fifty things. */
export class ProblemsError extends InputError {
  override readonly name = 'ProblemsError';
  readonly problems: readonly InputProblem[];

  constructor(found: readonly InputProblem[]) {
    const problems =
      found.length <= MOST_PROBLEMS + 1
        ? found
        : [...found.slice(0, MOST_PROBLEMS), andMore(found.length - MOST_PROBLEMS)];
    super(problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '));
    this.problems = problems;
  }
}

/** What a schema has checked. */
export interface CheckedValue {
  readonly value: unknown;
  /** Undefined: nothing is known of it. */
  readonly shape: ValueShape | undefined;
  /** What its paths begin with, such as `config`; empty: with its own keys. */
  readonly label: string;
}

/** What a schema found, in words, with the key or word that was probably meant. */
export function problemsOf(issues: readonly Issue[], checked: CheckedValue): InputProblem[] {
  const problems = issues
    .slice(0, MOST_PROBLEMS)
    .flatMap(settleIssue)
    .flatMap((issue) => {
      if (issue.code === 'unrecognized_keys') return unknownKeys(issue, checked);
      const path = labelOf(checked.label, issue.path);
      const value = issue.path.reduce<unknown>(childOf, checked.value);
      return [{ path: path === 'the value' ? '' : path, message: complaintOf(issue, value) }];
    });
  return issues.length > MOST_PROBLEMS ? [...problems, andMore(issues.length - MOST_PROBLEMS)] : problems;
}

function andMore(count: number): InputProblem {
  return { path: '', message: `and ${count} more` };
}

function unknownKeys(
  { keys, path }: Extract<Issue, { code: 'unrecognized_keys' }>,
  { shape, label }: CheckedValue,
): InputProblem[] {
  const known = keysOf(
    path.reduce<ValueShape | undefined>(
      (at, key) => shapeAt(at, typeof key === 'symbol' ? String(key) : key),
      shape,
    ),
  );
  const told = keys.slice(0, MOST_PROBLEMS).map((key) => ({
    path: labelOf(label, [...path, key]),
    message: unknownKey(key, known),
  }));
  return keys.length > MOST_PROBLEMS ? [...told, andMore(keys.length - MOST_PROBLEMS)] : told;
}

function complaintOf(issue: Issue, value: unknown): string {
  const kinds = expectedBy(issue);
  if (kinds.length > 0 && value === undefined) return 'is missing';
  if (issue.code === 'invalid_value') return notOneOf(issue, value);
  if (kinds.length > 0) return `must be ${kinds.join(' or ')}`;
  return printable(redactShapes(issue.message));
}

/** `"opnai" is not one of openai, …`, with the one that was probably meant. */
function notOneOf({ values, path }: Extract<Issue, { code: 'invalid_value' }>, value: unknown): string {
  const words = values.map(String);
  const known = words.length === 1 ? words.join() : `one of ${words.join(', ')}`;
  if (typeof value !== 'string' || namesSecret(String(path.at(-1) ?? ''))) return `must be ${known}`;
  const meant = words.length === 1 ? undefined : nearest(value, words);
  return `${quote(value)} is not ${known}${meant === undefined ? '' : `; did you mean ${quote(meant)}?`}`;
}

function childOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined;
}
