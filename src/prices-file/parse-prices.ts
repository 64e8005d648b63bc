import type { Node, YAMLError } from 'yaml';
import { isProviderName, PROVIDER_NAMES } from '../config/provider-variables.ts';
import { loadYaml } from '../config/yaml.ts';
import type { Price } from '../usage/price-list.ts';
import { nearest } from '../util/nearest.ts';
import { PricesReport } from './prices-report.ts';
import type { Prices } from './price-table.ts';

/** The highest price that is believed, in US dollars per million tokens. */
const MAX_USD = 100_000;

const KEYS = ['input', 'cached_input', 'output'] as const;
type Key = (typeof KEYS)[number];

/**
 * Reads a price file: provider, below it model, below it `input`, `cached_input` (as `input` when left out) and
 * `output` in US dollars per million tokens, or one number for all three.
 *
 * @param file - its name, for messages
 * @throws {InputError} naming everything that is wrong, a line `FILE:LINE:COLUMN: message` each
 */
export function parsePrices(source: string, file: string): Prices {
  const text = source.replace(/^\uFEFF/, '');
  const { LineCounter, parseDocument } = loadYaml();
  const lines = new LineCounter();
  const report = new PricesReport(file, lines);
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'core',
    uniqueKeys: false,
  });
  for (const problem of document.errors) report.add(problem.pos[0], syntaxMessage(problem, text));
  report.throwIfWrong();

  const prices = new Map<string, Map<string, Price>>();
  for (const [provider, below] of entriesOf(document.contents, report, 'the file', checkProvider)) {
    const models = new Map<string, Price>();
    for (const [model, value] of entriesOf(below, report, `"${provider}"`, checkModel)) {
      const price = priceOf(value, report, `"${model}"`);
      if (price !== undefined) models.set(model, price);
    }
    prices.set(provider, models);
  }
  report.throwIfWrong();
  return prices;
}

function syntaxMessage({ code, message, pos: [offset] }: YAMLError, text: string): string {
  if (code === 'MULTIPLE_DOCS') return 'a second YAML document begins here; a file holds one';
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1);
  return /^\s*\*/.test(line) ? 'a name that begins with "*" needs quotes' : `not valid YAML: ${message}`;
}

type NodeOrNothing = Node | null | undefined;

/** What is wrong with a key; undefined when nothing is. */
type CheckKey = (key: string) => string | undefined;

const checkProvider: CheckKey = (key) =>
  isProviderName(key) ? undefined : `there is no provider "${key}"${hint(key, PROVIDER_NAMES)}`;

const checkModel: CheckKey = (key) =>
  key === '' || key.slice(0, -1).includes('*')
    ? `"${key}" is no model: a "*" stands at the end of a name, and there is one at most`
    : undefined;

const checkKey: CheckKey = (key) =>
  KEYS.some((known) => known === key) ? undefined : `unknown key "${key}"${hint(key, KEYS)}`;

function hint(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined ? `; known are: ${known.join(', ')}` : `; did you mean "${meant}"?`;
}

/** A map's keys and what stands under them; nothing stands for an empty map. What is wrong is reported. */
function* entriesOf(
  node: NodeOrNothing,
  report: PricesReport,
  name: string,
  check: CheckKey,
): Generator<[string, Node]> {
  const { isMap, isScalar } = loadYaml();
  if (node === null || node === undefined || (isScalar(node) && node.value === null)) return;
  if (!isMap<Node, Node | null>(node)) {
    report.add(offsetOf(node), `${name} must be a map of keys and values`);
    return;
  }
  const seen = new Set<string>();
  for (const { key: keyNode, value } of node.items) {
    // A name of digits alone is a name.
    const key = isScalar(keyNode) ? (keyNode.source ?? String(keyNode.value)) : '';
    const problem = seen.has(key) ? `"${key}" stands here a second time` : check(key);
    seen.add(key);
    if (problem !== undefined) report.add(offsetOf(keyNode), problem);
    else if (value === null || (isScalar(value) && value.value === null)) {
      report.add(offsetOf(keyNode), `"${key}" has nothing under it; take it away`);
    } else yield [key, value];
  }
}

function priceOf(node: Node, report: PricesReport, model: string): Price | undefined {
  const { isMap, isScalar } = loadYaml();
  if (isScalar(node)) {
    const all = usdOf(node, report, model);
    return all === undefined ? undefined : { input: all, cachedInput: all, output: all };
  }
  if (!isMap(node)) {
    report.add(offsetOf(node), `${model} must be a number, or a map of ${KEYS.join(', ')}`);
    return undefined;
  }
  const found = new Map<Key, number | undefined>();
  for (const [key, value] of entriesOf(node, report, model, checkKey)) {
    found.set(key as Key, usdOf(value, report, `"${key}"`));
  }
  for (const key of ['input', 'output'] as const) {
    if (!found.has(key)) report.add(offsetOf(node), `${model} needs "${key}"`);
  }
  const input = found.get('input');
  const output = found.get('output');
  if (input === undefined || output === undefined) return undefined;
  return { input, cachedInput: found.get('cached_input') ?? input, output };
}

function usdOf(node: Node, report: PricesReport, name: string): number | undefined {
  const value = loadYaml().isScalar(node) ? node.value : undefined;
  if (typeof value === 'number' && value >= 0 && value <= MAX_USD) return value;
  report.add(offsetOf(node), `${name} must be US dollars per million tokens, a number from 0 to ${MAX_USD}`);
  return undefined;
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
