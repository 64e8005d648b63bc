import { isDeepStrictEqual } from 'node:util';
import type { AgentDefinition } from '../agents/agent-definition.ts';
import { fileKey, settingNames } from '../agents/agent-keys.ts';

/** A setting that a file changes. */
export interface FieldChange {
  /** As the file calls it; a key of the config reads `config.prefix`. */
  readonly field: string;
  /** What is stored; undefined when it is not there. May hold secrets, which only the keys tell. */
  readonly from: unknown;
  /** What the file says; undefined when it is not there. Likewise. */
  readonly to: unknown;
  /** Whether neither may be shown: it holds something from a variable, which may be a secret. */
  readonly concealed: boolean;
}

/**
 * The settings in which two definitions differ; a whitelist's order and a config's do not count.
 *
 * @param concealed - the fields that may not be shown
 */
export function diffAgent(
  stored: AgentDefinition,
  wanted: AgentDefinition,
  concealed: ReadonlySet<string>,
): FieldChange[] {
  const before = fieldsOf(stored);
  const after = fieldsOf(wanted);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((field) => {
    const from = before.get(field);
    const to = after.get(field);
    if (isDeepStrictEqual(from, to)) return [];
    return [{ field, from, to, concealed: concealed.has(field) }];
  });
}

/** A definition as a file lists it, its config key by key. */
function fieldsOf(definition: AgentDefinition): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const setting of settingNames) {
    const value = definition[setting];
    if (setting === 'config') {
      for (const [key, inner] of Object.entries(definition.config)) fields.set(`config.${key}`, inner);
    } else {
      fields.set(fileKey(setting), Array.isArray(value) ? value.toSorted() : value);
    }
  }
  return fields;
}
