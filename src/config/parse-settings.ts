import type { LineCounter, Node, YAMLError } from 'yaml';
import { nearest } from '../util/nearest.ts';
import { ALL_SETTINGS } from './settings.ts';
import { loadYaml } from './yaml.ts';

/** A value of a settings file. */
export interface FileValue {
  readonly text: string;
  /** Both begin with 1; a column is one UTF-16 unit. */
  readonly line: number;
  readonly column: number;
}

/** What a settings file says. */
export interface ParsedSettings {
  /** By the setting's name. */
  readonly values: ReadonlyMap<string, FileValue>;
  /** A line `FILE:LINE:COLUMN: message` each, in the file's order; no value is repeated. */
  readonly problems: readonly string[];
}

/** Settings are few; what is larger is another file. */
const MAX_LENGTH = 256 * 1024;

/**
 * Reads a settings file: a YAML map with settings' names for keys, in lower or upper case. A map under a key stands for
 * the settings that begin like it: `log: { level: debug }` is `log_level: debug`. A key with nothing under it is not
 * set. Whether the values are right is not looked at.
 *
 * @param file - its name, for messages
 */
export function parseSettings(source: string, file: string): ParsedSettings {
  const text = source.replace(/^\uFEFF/, '');
  if (text.split('\n').every(isComment)) return { values: new Map(), problems: [] };
  if (text.length > MAX_LENGTH)
    return { values: new Map(), problems: [`${file}:1:1: it is larger than 256 KiB`] };
  return new SettingsReader(text, file).read();
}

/** A file in which everything is commented out needs no library. */
function isComment(line: string): boolean {
  return /^\s*(#|$)/.test(line);
}

class SettingsReader {
  readonly #yaml = loadYaml();
  readonly #lines: LineCounter = new this.#yaml.LineCounter();
  readonly #text: string;
  readonly #file: string;
  readonly #values = new Map<string, FileValue>();
  /** The line of each setting's key. */
  readonly #keyLines = new Map<string, number>();
  readonly #problems: { readonly offset: number; readonly line: string }[] = [];

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  read(): ParsedSettings {
    const document = this.#yaml.parseDocument(this.#text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      resolveKnownTags: false,
      schema: 'core',
      uniqueKeys: false,
    });
    const [error] = [...document.errors, ...document.warnings];
    // What follows from the first mistake helps nobody.
    if (error === undefined) this.#readMap(document.contents, '');
    else this.#complain(error.pos[0], syntaxMessage(error));
    const problems = this.#problems.toSorted((one, other) => one.offset - other.offset);
    return { values: this.#values, problems: problems.map(({ line }) => line) };
  }

  /** @param prefix - what the names of the settings in it begin with */
  #readMap(node: Node | null, prefix: string): void {
    const { isMap, isNode, isScalar } = this.#yaml;
    if (node === null || (isScalar(node) && node.value === null)) return;
    if (!isMap(node)) {
      this.#complain(offsetOf(node), 'settings must be a map of names and values');
      return;
    }
    for (const { key, value } of node.items) {
      const at = isNode(key) ? key : node;
      const word = isScalar(key) && typeof key.value === 'string' ? key.value : undefined;
      if (word === undefined) this.#complain(offsetOf(at), 'a key must be the name of a setting');
      else this.#readEntry(`${prefix}${word}`, offsetOf(at), isNode(value) ? value : null);
    }
  }

  #readEntry(word: string, keyOffset: number, value: Node | null): void {
    const name = word.toUpperCase();
    const setting = ALL_SETTINGS.get(name);
    if (this.#yaml.isMap(value) && namesUnder(`${name}_`).length > 0) {
      this.#readMap(value, `${word}_`);
    } else if (setting === undefined) {
      this.#complain(keyOffset, `there is no setting ${JSON.stringify(word)}${hint(word)}`);
    } else if (setting.environmentOnly === true) {
      this.#complain(keyOffset, `${name} can be set in the environment alone`);
    } else if (this.#keyLines.has(name)) {
      this.#complain(keyOffset, `${name} stands on line ${this.#keyLines.get(name) ?? 0} already`);
    } else {
      this.#keyLines.set(name, this.#place(keyOffset).line);
      this.#readValue(name, value);
    }
  }

  #readValue(name: string, node: Node | null): void {
    if (node === null || (this.#yaml.isScalar(node) && node.value === null)) return;
    const offset = offsetOf(node);
    if (!this.#yaml.isScalar(node)) {
      this.#complain(offset, `${name} must be a text, a number, true or false`);
      return;
    }
    // A number as it is written: a double would round it.
    const text = typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
    this.#values.set(name, { text, ...this.#place(offset) });
  }

  #complain(offset: number, message: string): void {
    const { line, column } = this.#place(offset);
    this.#problems.push({ offset, line: `${this.#file}:${line}:${column}: ${message}` });
  }

  #place(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

function offsetOf(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}

function namesUnder(prefix: string): string[] {
  return [...ALL_SETTINGS.keys()].filter((name) => name.startsWith(prefix));
}

function hint(word: string): string {
  const meant = nearest(word, ALL_SETTINGS.keys());
  if (meant === undefined) return '; npm run config lists them all';
  return `; did you mean ${JSON.stringify(word === word.toUpperCase() ? meant : meant.toLowerCase())}?`;
}

function syntaxMessage({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'a second YAML document begins here; a file holds one';
  // What the library quotes after a colon is the file's own text, and may be a secret.
  return `not valid YAML: ${message.replace(/(?<=\S):\s.*$/s, '')}`;
}
