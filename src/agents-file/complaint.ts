import { isScalar, type Node } from 'yaml';
import type { z } from 'zod';
import { expectedBy } from '../agents/expected-by.ts';
import { nearest } from '../util/nearest.ts';
import { printable, quote } from './show-value.ts';
import type { YamlValues } from './yaml-value.ts';

type Issue = z.core.$ZodIssue;

/** What is wrong with a value, to be put right behind its name. Never shows what a variable holds. */
export function complaintOf(issue: Issue, node: Node | undefined, values: YamlValues): string {
  const kinds = expectedBy(issue);
  if (kinds.length > 0) {
    if (node === undefined) return ' is missing';
    if (isScalar(node) && node.value === null) return ' has no value';
  }
  if (issue.code === 'invalid_type') return ` must be ${kinds.join()}${hint(issue.expected, node, values)}`;
  if (issue.code === 'invalid_value') return notOneOf(issue.values.map(String), node, values);
  if (kinds.length > 0) return ` must be ${kinds.join(' or ')}`;
  // A schema's own check may quote the value that it looked at; zod's checks never do.
  const message = issue.code === 'custom' ? conceal(issue.message, values) : issue.message;
  return `${/^(?:must|is) /.test(message) ? ' ' : ': '}${printable(message)}`;
}

/** `: "opnai" is not one of openai, …`, with the one that was probably meant. */
function notOneOf(words: readonly string[], node: Node | undefined, values: YamlValues): string {
  const known = words.length === 1 ? words.join() : `one of ${words.join(', ')}`;
  if (!isScalar(node) || values.expanded.has(node)) return ` must be ${known}`;
  if (typeof node.value !== 'string') return `: ${printable(String(node.value))} is not ${known}`;
  const meant = words.length === 1 ? undefined : nearest(node.value, words);
  return `: ${quote(node.value)} is not ${known}${meant === undefined ? '' : `; did you mean ${quote(meant)}?`}`;
}

function hint(expected: string, node: Node | undefined, values: YamlValues): string {
  if (node === undefined) return '';
  if (values.expanded.has(node)) return '; what a variable holds is always text';
  return expected === 'string' && isScalar(node) ? '; put it in quotes' : '';
}

function conceal(message: string, values: YamlValues): string {
  const secrets = [...values.expanded.values()].filter((value) => value !== '');
  return secrets
    .toSorted((a, b) => b.length - a.length)
    .reduce((text, secret) => text.replaceAll(secret, '…'), message);
}
