import { isMap, isScalar, Pair, Scalar, YAMLMap, type Node } from 'yaml';
import type { FileReport } from './file-report.ts';
import { parseAgent, type AgentReading } from './parse-agent.ts';
import type { AgentReader } from './read-definition.ts';
import { unknownKey } from '../agents/issue-words.ts';
import { quote } from './show-value.ts';
import { entriesOf, keyNodeOf, offsetOf, type MapEntry } from './yaml-map.ts';

/** The key at the top by which AmiBot's own configuration is known. */
export const AMIBOT = 'amibot';

/** Older files call the section so, and have no provider in it: OpenAI was the only one. */
const OLD_LLM = 'openai';

/** What becomes of each key of a section: the key of the agent, or `config.` and the key of its config. */
const SECTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  amibot: { username: 'name', system_role: 'config.system_prompt' },
  discord: { enabled: 'enabled', token: 'discord_token' },
  llm: {
    enabled: 'enabled',
    provider: 'config.provider',
    model: 'config.model',
    key: 'config.api_key',
    tokens_range: 'config.tokens_range',
  },
};

/** Keys that need no counterpart here, and why. */
const NEEDLESS: Readonly<Record<string, string>> = {
  application_id: 'Discord tells it by the token',
  public_key: 'bots answer over the gateway',
  ...Object.fromEntries(
    ['host', 'port', 'api', 'version', 'log_level'].map((key) => [key, 'it is for the host to say']),
  ),
};

/** One setting: what it becomes, and where it stands. */
interface Setting {
  /** As a message calls it, such as `llm.tokens_range`. */
  readonly label: string;
  readonly entry: MapEntry;
}

/**
 * Reads AmiBot's own configuration as one agent of type `llm`, named `amibot.username`. What an agent has no use for
 * is a warning, what AmiBot knows nothing of an error.
 */
export function readAmibot(top: Node, reader: AgentReader): AgentReading {
  const { report } = reader;
  const before = report.errors.length;
  const settings = settingsOf(top, reader);
  const reading = parseAgent(agentNode(top, settings), reader);
  const labels = new Map([...settings].map(([key, { label }]) => [key, label]));
  for (const [index, problem] of report.errors.entries()) {
    if (index < before) continue;
    report.errors[index] = { ...problem, message: inItsWords(problem.message, labels) };
  }
  return report.errors.length === before ? reading : { ...reading, agent: undefined };
}

function settingsOf(top: Node, { report, values }: AgentReader): Map<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const section of sectionsOf(top, report)) {
    const keys = SECTIONS[section.name] ?? {};
    for (const entry of entriesOf(section.node, report)) {
      const label = `${section.label}.${entry.key}`;
      const target = Object.hasOwn(keys, entry.key) ? keys[entry.key] : undefined;
      if (target === undefined) foreign(entry, label, Object.keys(keys), report);
      else if (target !== 'enabled')
        settings.set(target, { label, entry: adapt(target, entry, label, report) });
      else {
        const on = values.read(entry.value, { type: 'boolean' }) ?? undefined;
        if (on !== undefined && typeof on !== 'boolean') {
          report.error(offsetOf(entry.value ?? entry.keyNode), `${label} must be true or false`);
        } else if (on === false || !settings.has(target)) settings.set(target, { label, entry });
      }
    }
  }
  return settings;
}

interface Section {
  readonly name: string;
  readonly label: string;
  readonly node: Node | undefined;
}

function sectionsOf(top: Node, report: FileReport): Section[] {
  return entriesOf(top, report).flatMap(({ key, keyNode, value }) => {
    const name = key === OLD_LLM ? 'llm' : key;
    if (!Object.hasOwn(SECTIONS, name)) {
      foreign({ key, keyNode, value }, key, Object.keys(SECTIONS), report);
      return [];
    }
    if (isMap(value)) return [{ name, label: key, node: value }];
    const isEmpty = value === undefined || (isScalar(value) && value.value === null);
    if (!isEmpty) report.error(offsetOf(value), `${key} must be a map of keys and values`);
    return [];
  });
}

function foreign({ key, keyNode }: MapEntry, label: string, known: string[], report: FileReport): void {
  if (Object.hasOwn(NEEDLESS, key)) {
    report.warn(offsetOf(keyNode), `${label} is left out: ${NEEDLESS[key] ?? ''}`);
  } else report.error(offsetOf(keyNode), unknownKey(key, known));
}

/** What AmiBot understands in another way. */
function adapt(target: string, entry: MapEntry, label: string, report: FileReport): MapEntry {
  const node = entry.value;
  if (!isScalar(node) || typeof node.value !== 'string') return entry;
  const text = node.value;
  if (target === 'config.system_prompt')
    return withText(entry, node, text.replaceAll('{username}', '{agent}'));
  if (target !== 'config.provider' && target !== 'config.model') return entry;
  // Its example leaves the choice open so; YAML takes the remark for the value.
  if (text.startsWith(';')) {
    report.warn(offsetOf(node), `${label} is left open (${quote(text)}): the default is taken`);
    return withText(entry, node, null);
  }
  return target === 'config.provider' ? withText(entry, node, text.toLowerCase()) : entry;
}

/** The same entry with another value at the same place. */
function withText(entry: MapEntry, { range, type }: Scalar, value: string | null): MapEntry {
  return { ...entry, value: scalarAt(value, range, type) };
}

/** An item as it would stand in a list of agents, of the file's own nodes. */
function agentNode(top: Node, settings: ReadonlyMap<string, Setting>): Node {
  const range = keyNodeOf(top, AMIBOT)?.range;
  const config = new YAMLMap<Scalar, Node | undefined>();
  const agent = new YAMLMap<Scalar, Node | undefined>();
  for (const node of [agent, config]) node.range = range ?? null;
  agent.add(new Pair(scalarAt('type', range), scalarAt('llm', range)));
  agent.add(new Pair(scalarAt('config', range), config));
  for (const [target, { entry }] of settings) {
    const [, inner] = /^config\.(.*)/.exec(target) ?? [];
    const map = inner === undefined ? agent : config;
    map.add(new Pair(scalarAt(inner ?? target, entry.keyNode.range), entry.value));
  }
  return agent;
}

function scalarAt(value: string | null, range: Node['range'], type?: Scalar['type']): Scalar {
  const scalar = new Scalar(value);
  scalar.range = range ?? null;
  if (type !== undefined) scalar.type = type;
  return scalar;
}

/** A message that begins with an agent's key begins with AmiBot's own instead. */
function inItsWords(message: string, labels: ReadonlyMap<string, string>): string {
  const [, key = '', inner = ''] = /^(config\.\w+|\w+)([.[\w\]]*)/.exec(message) ?? [];
  const label = key === 'name' ? 'amibot.username' : labels.get(key);
  return label === undefined ? message : label + inner + message.slice(key.length + inner.length);
}
