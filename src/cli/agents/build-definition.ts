import type { AgentDefinition } from '../../agents/agent-definition.ts';
import { agentTypes } from '../../agents/agent-types.ts';
import { namesSecret, variableReference } from '../../agents/secret-settings.ts';
import { agentKeys } from '../../agents/agent-keys.ts';
import { AgentsFileError } from '../../agents-file/file-problem.ts';
import { parseAgentsFile } from '../../agents-file/parse-agents-file.ts';
import { quote } from '../../agents-file/show-value.ts';
import { keysOf, shapeOf } from '../../agents/value-shape.ts';
import { InputError } from '../../errors.ts';
import { type SettingChange, type SettingTree, withChange, YamlText } from './setting-change.ts';

/**
 * The definition that a tree of settings becomes under these changes, checked as an agents file is. With another type,
 * the config begins anew.
 *
 * @param tree - holds its secrets in the open
 * @throws {InputError} with everything that is wrong, each on a line
 */
export function buildDefinition(tree: SettingTree, changes: readonly SettingChange[]): AgentDefinition {
  for (const { key } of changes) refuseMisplaced(key);
  const type = changes.find(({ key }) => key === 'type')?.value;
  const isOther = type !== undefined && scalarOf(type) !== (tree['type'] ?? 'echo');
  const changed = changes.reduce(withChange, isOther ? { ...tree, config: {} } : tree);
  try {
    return parse(changed);
  } catch (error) {
    if (!(error instanceof AgentsFileError)) throw error;
    const ofChanges = isSyntax(error) ? changes.flatMap(syntaxOf) : [];
    throw new InputError((ofChanges.length > 0 ? ofChanges : messagesOf(error)).join('\n'));
  }
}

/** @throws {AgentsFileError} with everything that is wrong */
function parse(tree: SettingTree): AgentDefinition {
  const [agent] = parseAgentsFile(emit({ agents: [tree] }), { file: 'settings', env: {} }).agents;
  if (agent === undefined) throw new Error('one agent went in, and none came out');
  return agent.definition;
}

/** What is wrong with the YAML of one change: in the whole it upsets those that follow too. */
function syntaxOf({ key, value }: SettingChange): string[] {
  try {
    parse({ name: key, config: { value } });
    return [];
  } catch (error) {
    if (!(error instanceof AgentsFileError)) throw error;
    return isSyntax(error) ? [`${key}: ${messagesOf(error)[0] ?? ''}`] : [];
  }
}

function isSyntax({ problems }: AgentsFileError): boolean {
  return problems.some(({ message }) => message.startsWith('not valid YAML'));
}

function messagesOf({ problems }: AgentsFileError): string[] {
  return [...new Set(problems.map(({ message }) => message))];
}

/** A key of a config that is written without `config.` is the usual mistake. */
function refuseMisplaced(key: string): void {
  const [first = ''] = key.split('.');
  if (agentKeys.has(first)) return;
  const inConfig = [...agentTypes.values()].some(({ configSchema }) =>
    keysOf(shapeOf(configSchema)).includes(first),
  );
  if (inConfig) {
    throw new InputError(`unknown key ${quote(first)}; did you mean ${quote(`config.${key}`)}?`);
  }
}

/**
 * Refuses keys that stand on the command line, where everybody on the machine can read them.
 *
 * @param given - the secrets that came in another way
 * @throws {InputError} naming the setting
 */
export function refuseOpenSecrets(
  { config }: Pick<AgentDefinition, 'config'>,
  given: readonly SettingTree[],
): void {
  const known = new Set(given.flatMap((tree) => [...secretsOf(tree)].map(([, secret]) => secret)));
  for (const [key, secret] of secretsOf(config, 'config')) {
    if (known.has(secret)) continue;
    throw new InputError(`${quote(key)} is a secret, and others can read a command line`, {
      remedy: `Write ${key}='\${NAME}' for a variable of the host, or use --api-key-file or --api-key-stdin.`,
    });
  }
}

/** Every secret that is written out, with where it stands. */
function* secretsOf(value: unknown, path = '', isSecret = false): Generator<[string, string]> {
  if (typeof value === 'string' && isSecret && variableReference(value) === undefined) yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield* secretsOf(inner, path === '' ? key : `${path}.${key}`, isSecret || namesSecret(key));
  }
}

function scalarOf(value: unknown): unknown {
  return value instanceof YamlText ? value.source.replaceAll(/^["']|["']$/g, '') : value;
}

/**
 * As YAML in block style, where each value has a line of its own: what somebody wrote cannot reach beyond it. A `${` is
 * what it is: variables are for files.
 */
function emit(value: unknown, indent = ''): string {
  if (value instanceof YamlText) return ` ${literal(value.source)}`;
  const isList = Array.isArray(value);
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) return ` ${literal(JSON.stringify(value ?? null))}`;
  const lines = entries.map(([key, inner]) => {
    const begin = isList ? '-' : `${literal(JSON.stringify(key))}:`;
    return `\n${indent}${begin}${emit(inner, `${indent}  `)}`;
  });
  return lines.join('');
}

function literal(text: string): string {
  return text.replaceAll('${', () => '$${');
}
