import { isAlias, isMap, isScalar, isSeq, Scalar, type Node } from 'yaml';
import { namesSecret, variableReference } from '../agents/secret-settings.ts';
import type { Environment } from '../config/environment.ts';
import { expandVariables } from './expand-variables.ts';
import type { FileReport } from './file-report.ts';
import { TOO_DEEP } from './open-document.ts';
import { shapeAt, typesOf, type ValueShape } from '../agents/value-shape.ts';
import { entriesOf, offsetOf } from './yaml-map.ts';

/** What is said of an alias: a few of them can stand for more values than there is memory. */
export const NO_ALIASES = 'YAML aliases are not supported; write the value out';

/** How deep lists and maps may stand in one another, within one setting. */
const MAX_DEPTH = 32;

/** YAML 1.1, which most Python programs read, knows these as true and false; YAML 1.2 as text. */
const BOOLEANS = new Map([
  ...['yes', 'Yes', 'YES', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['no', 'No', 'NO', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
]);

/** Turns the nodes of one file into plain values, and remembers what became of them. */
export class YamlValues {
  /** Nodes whose value could not be made; what is wrong with them is reported already. */
  readonly broken = new Set<Node>();
  /** What came from variables, by node: never to be shown. */
  readonly expanded = new Map<Node, string>();
  /** Variables that secrets refer to and that are not set, in the order of the file; warned of already. */
  readonly unsetSecrets: string[] = [];
  readonly #report: FileReport;
  readonly #text: string;
  readonly #env: Environment;

  constructor(report: FileReport, text: string, env: Environment) {
    this.#report = report;
    this.#text = text;
    this.#env = env;
  }

  /**
   * A node's value; undefined when there is none or it is broken.
   *
   * The shape decides where YAML leaves a choice: where text is expected, an unquoted number is the text that
   * stands in the file, digit for digit. A whole number that a double cannot hold is text everywhere.
   */
  read(node: Node | undefined, shape: ValueShape | undefined, depth = 0): unknown {
    if (node !== undefined && depth > MAX_DEPTH) {
      this.#break(node, TOO_DEEP);
      return undefined;
    }
    if (isScalar(node)) return this.#readScalar(node, shape);
    if (isSeq<Node>(node)) {
      return node.items.map((item, index) => this.read(item, shapeAt(shape, index), depth + 1) ?? null);
    }
    if (isMap(node)) return this.#readMap(node, shape, depth);
    if (isAlias(node)) this.#break(node, NO_ALIASES);
    return undefined;
  }

  /** A text with its variables put in, and the names of those that are not set. */
  readText(node: Scalar, text: string): { text: string; missing: readonly string[] } {
    if (text.includes('\0') || !text.isWellFormed()) {
      this.#break(node, 'a NUL character or half a surrogate pair cannot be stored');
      return { text: '', missing: [] };
    }
    const expansion = expandVariables(text, this.#env);
    if (expansion.malformed !== undefined) {
      const message = 'a variable reads ${NAME}; for the characters themselves write $${';
      this.#break(node, message, this.find(node, expansion.malformed));
    }
    if (expansion.substituted) this.expanded.set(node, expansion.text);
    return expansion;
  }

  /** Where in the text a part of a scalar stands; the scalar's beginning when it is written in another way. */
  find(node: Scalar, part: string): number {
    const [start, end] = node.range ?? [0, 0];
    return start + Math.max(0, this.#text.slice(start, end).indexOf(part));
  }

  #readMap(node: Node, shape: ValueShape | undefined, depth: number): unknown {
    const values = entriesOf(node, this.#report).flatMap(({ key, value }): [string, unknown][] => {
      const below = shapeAt(shape, key);
      const read = this.#readReference(key, value) ?? this.read(value, below, depth + 1);
      const types = typesOf(below);
      // A key with nothing after it is as good as no key, unless nothing means something there.
      const absent = read === undefined || (read === null && types.size > 0 && !types.has('null'));
      return absent ? [] : [[key, read]];
    });
    return Object.fromEntries(values);
  }

  /** A secret that is a reference stays one: the host looks it up where it runs, which may not be here. */
  #readReference(key: string, node: Node | undefined): string | undefined {
    if (!namesSecret(key) || !isScalar(node) || typeof node.value !== 'string') return undefined;
    const name = variableReference(node.value);
    if (name === undefined) return undefined;
    if (!Object.hasOwn(this.#env, name) || (this.#env[name] ?? '').trim() === '') {
      this.unsetSecrets.push(name);
      this.#report.warn(offsetOf(node), `${name} is not set here; it has to be where the host runs`);
    }
    return node.value;
  }

  #readScalar(node: Scalar, shape: ValueShape | undefined): unknown {
    const { value, source = '' } = node;
    const types = typesOf(shape);
    const wantsText = types.has('string');
    if (typeof value === 'string') {
      const boolean = node.type === Scalar.PLAIN && types.has('boolean') && !wantsText;
      return (boolean ? BOOLEANS.get(value) : undefined) ?? this.#expand(node, value);
    }
    if (typeof value !== 'bigint' && typeof value !== 'number') return value;
    if (wantsText && !types.has('number') && !types.has('integer')) return source;
    return typeof value === 'bigint' ? wholeNumber(value) : this.#finite(node, value);
  }

  #expand(node: Scalar, value: string): string | undefined {
    const { text, missing } = this.readText(node, value);
    for (const name of missing) {
      this.#break(node, `the variable ${name} is not set`, this.find(node, `\${${name}}`));
    }
    return this.broken.has(node) ? undefined : text;
  }

  #finite(node: Scalar, value: number): number | undefined {
    // Adding zero makes -0 an ordinary zero: stored as JSON it would not come back as it was.
    if (Number.isFinite(value)) return value + 0;
    this.#break(node, 'must be a finite number');
    return undefined;
  }

  #break(node: Node, message: string, offset = offsetOf(node)): void {
    this.broken.add(node);
    this.#report.error(offset, message);
  }
}

function wholeNumber(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
