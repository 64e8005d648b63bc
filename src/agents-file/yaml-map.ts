import { isMap, isNode, isScalar, isSeq, type Node, type Scalar } from 'yaml';
import type { FileReport } from './file-report.ts';
import { quote } from './show-value.ts';

/** One key of a YAML map, with what stands under it. */
export interface MapEntry {
  readonly key: string;
  readonly keyNode: Scalar;
  readonly value: Node | undefined;
}

/** Where a node begins, counted from the text's beginning. */
export function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** A map's entries. What cannot be a key, or stands there a second time, is left out and reported, if to anyone. */
export function entriesOf(node: Node | undefined, report?: FileReport): MapEntry[] {
  const entries = new Map<string, MapEntry>();
  for (const entry of readEntries(node, report)) {
    const first = entries.get(entry.key);
    if (first === undefined) entries.set(entry.key, entry);
    else if (report !== undefined) {
      const { line } = report.place(offsetOf(first.keyNode));
      report.error(offsetOf(entry.keyNode), `the key ${quote(entry.key)} stands on line ${line} already`);
    }
  }
  return [...entries.values()];
}

/** What stands in a node under a key or an index. */
export function childOf(node: Node | undefined, key: PropertyKey): Node | undefined {
  if (isSeq(node)) {
    const item = typeof key === 'number' ? node.items[key] : undefined;
    return isNode(item) ? item : undefined;
  }
  return readEntries(node).find((entry) => entry.key === String(key))?.value;
}

/** The scalar that is this key of a map. */
export function keyNodeOf(node: Node | undefined, key: string): Node | undefined {
  return readEntries(node).find((entry) => entry.key === key)?.keyNode;
}

function readEntries(node: Node | undefined, report?: FileReport): MapEntry[] {
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key: keyNode, value }) => {
    const key = isScalar(keyNode) ? keyText(keyNode) : undefined;
    if (isScalar(keyNode) && key !== undefined) {
      return [{ key, keyNode, value: isNode(value) ? value : undefined }];
    }
    report?.error(offsetOf(isNode(keyNode) ? keyNode : node), 'a key must be text; put it in quotes');
    return [];
  });
}

/** A key as it is written: an id may be one without quotes. */
function keyText({ value, source }: Scalar): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'bigint' || typeof value === 'number' ? source : undefined;
}
