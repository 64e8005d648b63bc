import { isAlias, isMap, type Node } from 'yaml';
import { agentNameKey } from '../agents/agent-definition.ts';
import { agentKeys, fileKey, type AgentSetting } from '../agents/agent-keys.ts';
import type { FilePlace } from './file-problem.ts';
import type { FileReport } from './file-report.ts';
import { parseToken } from './parse-token.ts';
import type { ParsedAgent } from './parsed-agents.ts';
import { readDefinition, type AgentReader, type Settings } from './read-definition.ts';
import { unknownKey } from '../agents/issue-words.ts';
import { quote } from './show-value.ts';
import { childOf, entriesOf, offsetOf, type MapEntry } from './yaml-map.ts';
import { NO_ALIASES, type YamlValues } from './yaml-value.ts';

/** A value that only one agent may have, and where it stands. */
export interface UniqueValue {
  readonly value: string;
  readonly where: FilePlace;
}

/** What could be made of one agent of a file. */
export interface AgentReading {
  /** Undefined when something is wrong with it; that is in the report. */
  readonly agent: ParsedAgent | undefined;
  /** Its name's key, also when something else is wrong with it. */
  readonly name: UniqueValue | undefined;
  /** Its token, likewise. */
  readonly token: UniqueValue | undefined;
}

/** Reads one item of the list of agents. */
export function parseAgent(node: Node, reader: AgentReader): AgentReading {
  const { report, values } = reader;
  if (!isMap<Node, Node>(node)) {
    const alias = isAlias(node);
    report.error(offsetOf(node), alias ? NO_ALIASES : 'an agent must be a map of keys and values');
    return { agent: undefined, name: undefined, token: undefined };
  }
  const before = report.errors.length;
  const warned = values.unsetSecrets.length;
  const settings = settingsOf(node, report);
  const { definition, name } = readDefinition(node, settings, reader);
  const { token, tokenUnset } = parseToken(settings.get('token')?.value, values, report);
  const where = report.place(offsetOf(node));
  const whereOf = (setting: AgentSetting): FilePlace => {
    const value = settings.get(setting)?.value;
    return value === undefined ? where : report.place(offsetOf(value));
  };
  const whereToken = whereOf('token');
  const unsetSecrets = values.unsetSecrets.slice(warned);
  const concealed = concealedFields(settings, values);
  const valid = definition !== undefined && report.errors.length === before;
  return {
    agent: valid ? { definition, token, tokenUnset, unsetSecrets, concealed, where, whereToken } : undefined,
    name: name === undefined ? undefined : { value: agentNameKey(name), where: whereOf('name') },
    token: token === undefined ? undefined : { value: token, where: whereToken },
  };
}

/** The entries by what they are for; unknown keys, and two keys for one setting, are reported. */
function settingsOf(node: Node, report: FileReport): Settings {
  const settings = new Map<AgentSetting, MapEntry>();
  for (const entry of entriesOf(node, report)) {
    const setting = agentKeys.get(entry.key);
    const first = setting === undefined ? undefined : settings.get(setting);
    if (setting === undefined) {
      report.error(offsetOf(entry.keyNode), unknownKey(entry.key, [...agentKeys.keys()]));
    } else if (first !== undefined) {
      const { line } = report.place(offsetOf(first.keyNode));
      const message = `${quote(entry.key)} and ${quote(first.key)} on line ${line} are the same setting; keep one`;
      report.error(offsetOf(entry.keyNode), message);
    } else {
      settings.set(setting, entry);
    }
  }
  return settings;
}

/** The fields that hold something from a variable: settings by their file's key, and those of the config. */
function concealedFields(settings: Settings, values: YamlValues): Set<string> {
  const fields = new Set<string>();
  for (const [setting, { value }] of settings) {
    if (setting !== 'config') {
      if (holdsExpanded(value, values)) fields.add(fileKey(setting));
      continue;
    }
    for (const { key: inner } of entriesOf(value)) {
      if (holdsExpanded(childOf(value, inner), values)) fields.add(`config.${inner}`);
    }
  }
  return fields;
}

function holdsExpanded(node: Node | undefined, values: YamlValues): boolean {
  if (node === undefined) return false;
  const [start, , end] = node.range ?? [0, 0, 0];
  return [...values.expanded.keys()].some((scalar) => offsetOf(scalar) >= start && offsetOf(scalar) < end);
}
