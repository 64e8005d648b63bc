import { Document, Scalar, visit } from 'yaml';
import { agentDefinitionSchema } from '../agents/agent-definition.ts';
import type { AgentRecord } from '../agents/agent-record.ts';
import { namesSecret, variableReference } from '../agents/secret-settings.ts';
import { fileKey, settingNames } from '../agents/agent-keys.ts';
import { SecretVariables } from './secret-variables.ts';

/** What is written of an agent beside its secrets. */
export interface ExportOptions {
  /** Whether settings that have their default are written too; those of a config that are not stored are not. */
  readonly all: boolean;
}

/** A variable that has to be set where an exported file is loaded, or where the host runs. */
export interface NeededVariable {
  readonly name: string;
  /** What it holds, such as `discord_token of Helper`; several when they share it. */
  readonly holds: readonly string[];
}

/** Agents as a file has them, in plain values. */
export interface ExportedAgents {
  readonly agents: readonly Readonly<Record<string, unknown>>[];
  readonly variables: readonly NeededVariable[];
}

/** What stands over the list of variables. */
export const TO_SET = 'Variables to set: a token when this is loaded, a key where the host runs.';

/**
 * Agents as an agents file says them: loaded again, they are the same. In the place of a secret stands `${NAME}`, a
 * name that is stored already or one made from the agent's; nothing is decrypted.
 *
 * @param records - in the order in which they are to be written
 */
export function exportAgents(records: readonly AgentRecord[], { all }: ExportOptions): ExportedAgents {
  const writer = new Writer(records.flatMap(({ config }) => references(config)));
  const agents = records.map((record) => {
    const { name } = record;
    const defaults = agentDefinitionSchema.parse({ name });
    const settings: [string, unknown][] = [];
    for (const setting of settingNames) {
      const value = record[setting];
      const isDefault = setting !== 'name' && JSON.stringify(value) === JSON.stringify(defaults[setting]);
      if (!isDefault || all)
        settings.push([fileKey(setting), writer.value(value, name, [fileKey(setting)], false)]);
      if (setting !== 'name' || record.sealedToken === undefined) continue;
      settings.push([fileKey('token'), writer.secret(name, fileKey('token'), [fileKey('token')])]);
    }
    return Object.fromEntries(settings);
  });
  return { agents, variables: writer.variables };
}

/** An agents file's text, with a head that tells how to load it and which variables it needs. */
export function toYaml({ agents, variables }: ExportedAgents): string {
  const document = new Document({ agents }, { aliasDuplicateObjects: false, schema: 'core' });
  document.commentBefore = [
    ' Agents of Troupe, as they are in its table. npm run agents:load loads them.',
    ...(variables.length === 0 ? [] : ['', ` ${TO_SET}`]),
    ...describeVariables(variables).map((line) => `   ${line}`),
  ].join('\n');
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && !isProse(scalar.value)) scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0, doubleQuotedAsJSON: true });
}

/** Whether a text may stand without quotes, line by line; white space that nobody sees does not come through so. */
function isProse(text: string): boolean {
  return !text.includes('\n') || (/^\S/.test(text) && !/[^\S\n]$|[^\P{Cc}\n]/mu.test(text));
}

/** A line for each: its name, and what it holds. */
export function describeVariables(variables: readonly NeededVariable[]): string[] {
  const width = Math.max(0, ...variables.map(({ name }) => name.length));
  return variables.map(({ name, holds }) => `${name.padEnd(width)}  ${holds.join(', ')}`);
}

/** Turns stored values into those of a file, and notes the variables in them. */
class Writer {
  readonly #names: SecretVariables;
  readonly #holds = new Map<string, string[]>();

  constructor(taken: readonly string[]) {
    this.#names = new SecretVariables(taken);
  }

  get variables(): NeededVariable[] {
    return [...this.#holds].map(([name, holds]) => ({ name, holds }));
  }

  /** What stands in a secret's place. */
  secret(agent: string, label: string, words: readonly string[]): string {
    return this.#note(this.#names.name(agent, ...words), `${label} of ${agent}`);
  }

  /** @param path - the keys and indices under which it stands, the setting's own first */
  value(value: unknown, agent: string, path: readonly string[], isSecret: boolean): unknown {
    if (isSecret && typeof value === 'string') {
      const stored = variableReference(value);
      return stored === undefined
        ? this.#made(agent, path)
        : this.#note(stored, `${path.join('.')} of ${agent}`);
    }
    if (typeof value === 'string') return value.replaceAll('${', () => '$${');
    if (isSealed(value)) return this.#made(agent, path);
    if (Array.isArray(value)) {
      return value.map((item, index) => this.value(item, agent, [...path, String(index + 1)], isSecret));
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        this.value(item, agent, [...path, key], isSecret || namesSecret(key)),
      ]),
    );
  }

  #made(agent: string, path: readonly string[]): string {
    return this.secret(agent, path.join('.'), path.slice(1));
  }

  #note(name: string, holds: string): string {
    this.#holds.set(name, [...(this.#holds.get(name) ?? []), holds.replaceAll(/[\n\r]/g, ' ')]);
    return `\${${name}}`;
  }
}

/** An encrypted secret, as the agents table keeps it. */
function isSealed(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).join() === '$sealed';
}

function references(value: unknown): string[] {
  if (typeof value === 'string') return [variableReference(value) ?? []].flat();
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(references) : [];
}
