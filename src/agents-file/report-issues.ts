import type { Node } from 'yaml';
import type { z } from 'zod';
import { nearest } from '../util/nearest.ts';
import { complaintOf } from './complaint.ts';
import type { FileReport } from './file-report.ts';
import { settleIssue } from '../agents/settle-issue.ts';
import { printable, quote } from './show-value.ts';
import { keysOf, shapeAt, type ValueShape } from '../agents/value-shape.ts';
import { childOf, keyNodeOf, offsetOf } from './yaml-map.ts';
import type { YamlValues } from './yaml-value.ts';

type Issue = z.core.$ZodIssue;

/** What a schema has checked: a node of the file, and what is known of it. */
export interface CheckedNode {
  /** Undefined when the file says nothing: then problems are at `offset`. */
  readonly node: Node | undefined;
  readonly offset: number;
  /** How this place is called in a message, such as `config`; empty for the agent itself. */
  readonly label: string;
  readonly shape: ValueShape;
}

/** Reports what a schema found, each at the very node that it is about. */
export function reportIssues(
  issues: readonly Issue[],
  checked: CheckedNode,
  values: YamlValues,
  report: FileReport,
): void {
  for (const issue of issues.flatMap(settleIssue)) {
    const parents: (Node | undefined)[] = [checked.node];
    for (const key of issue.path) parents.push(childOf(parents.at(-1), key));
    const node = parents.at(-1);
    if (node !== undefined && values.broken.has(node)) continue;
    // What is missing is reported where it should stand.
    const nearestNode = parents.findLast((parent) => parent !== undefined);
    const offset = nearestNode === undefined ? checked.offset : offsetOf(nearestNode);
    if (issue.code === 'unrecognized_keys') {
      const shape = issue.path.reduce<ValueShape | undefined>(
        (at, key) => shapeAt(at, asKey(key)),
        checked.shape,
      );
      for (const key of issue.keys) {
        const keyNode = keyNodeOf(node, key);
        report.error(keyNode === undefined ? offset : offsetOf(keyNode), unknownKey(key, keysOf(shape)));
      }
    } else {
      report.error(offset, `${labelOf(checked.label, issue.path)}${complaintOf(issue, node, values)}`);
    }
  }
}

/** `unknown key "x"`, with the key that was probably meant, or else all there are. */
export function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  if (meant !== undefined) return `unknown key ${quote(key)}; did you mean ${quote(meant)}?`;
  return `unknown key ${quote(key)}; ${known.length === 0 ? 'none is known here' : `known are: ${known.join(', ')}`}`;
}

/** `config.tokens_range.from`, `guild_whitelist[2]`; "the value" where there is no name. */
function labelOf(label: string, path: readonly PropertyKey[]): string {
  const name = path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, label);
  return name === '' ? 'the value' : printable(name);
}

function asKey(key: PropertyKey): string | number {
  return typeof key === 'symbol' ? String(key) : key;
}
