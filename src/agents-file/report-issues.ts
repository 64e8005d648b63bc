import type { Node } from 'yaml';
import type { z } from 'zod';
import { labelOf, unknownKey } from '../agents/issue-words.ts';
import { complaintOf } from './complaint.ts';
import type { FileReport } from './file-report.ts';
import { settleIssue } from '../agents/settle-issue.ts';
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

function asKey(key: PropertyKey): string | number {
  return typeof key === 'symbol' ? String(key) : key;
}
