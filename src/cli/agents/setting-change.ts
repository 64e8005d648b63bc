import { agentDefinitionSchema, type AgentDefinition } from '../../agents/agent-definition.ts';
import { agentKeys, fileKey } from '../../agents/agent-keys.ts';
import { settingsOf } from '../../agents/check-definition.ts';

/** A piece of YAML on one line. */
export class YamlText {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** A setting that is to be changed. */
export interface SettingChange {
  /** As in an agents file, with dots between: `rate_limit`, `config.tokens_range.from`. */
  readonly key: string;
  /** Undefined: it gets its default back. */
  readonly value: unknown;
}

/** The settings of an agent by their keys in an agents file. */
export type SettingTree = Readonly<Record<string, unknown>>;

const PLAIN = /^[+-]?[\w.][\w.+-]*$/;
const QUOTED_OR_LIST = /^["'[{]/;

/**
 * What somebody wrote as a setting's value: YAML where it reads like it (a number, true, a list, something in quotes),
 * otherwise the text as it stands, whatever is in it. Nothing at all brings the default back.
 */
export function typedValue(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  if (PLAIN.test(trimmed) || QUOTED_OR_LIST.test(trimmed)) {
    return new YamlText(trimmed.replaceAll(/\s*\n\s*/g, ' '));
  }
  return text;
}

/** A value as somebody would have to write it, so that {@link typedValue} reads it again. */
export function shownValue(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') return JSON.stringify(value);
  const isSafe = value === value.trim() && !/^["'[{]|[\n\r]/.test(value) && Number.isNaN(Number(value));
  return isSafe && !/^(?:true|false|null|~|)$/i.test(value) ? value : JSON.stringify(value);
}

/** A definition as an agents file has it. */
export function treeOf(definition: AgentDefinition): SettingTree {
  return settingsOf(definition);
}

/** The settings that differ from their defaults, as changes that would bring them about; those of the config by key. */
export function changesOf(definition: AgentDefinition): SettingChange[] {
  const defaults = treeOf(agentDefinitionSchema.parse({ name: definition.name }));
  const tree = treeOf(definition);
  const top = Object.keys(defaults).filter(
    (key) => key !== 'config' && JSON.stringify(tree[key]) !== JSON.stringify(defaults[key]),
  );
  return [
    ...top.map((key) => ({ key, value: tree[key] })),
    ...Object.entries(definition.config).map(([key, value]) => ({ key: `config.${key}`, value })),
  ];
}

/** The tree with one setting changed. A key may be another word for a setting, such as `discord_enabled`. */
export function withChange(tree: SettingTree, { key, value }: SettingChange): SettingTree {
  const [first = '', ...rest] = key.split('.');
  const setting = agentKeys.get(first);
  return put(tree, [setting === undefined ? first : fileKey(setting), ...rest], value) as SettingTree;
}

function put(node: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  // Nothing behind a key is what an agents file has for its default.
  if (key === undefined) return value ?? null;
  if (Array.isArray(node) && /^\d{1,4}$/.test(key) && Number(key) <= node.length) {
    const items: readonly unknown[] = node;
    return items.toSpliced(Number(key), 1, put(items[Number(key)], rest, value));
  }
  const isMap = typeof node === 'object' && node !== null && !(node instanceof YamlText);
  const map: SettingTree = isMap && !Array.isArray(node) ? (node as SettingTree) : {};
  return { ...map, [key]: put(Object.hasOwn(map, key) ? map[key] : undefined, rest, value) };
}
