import { agentDefinitionSchema, type AgentDefinition } from './agent-definition.ts';

/** A setting of an agent; `token` is not part of its definition. */
export type AgentSetting = keyof AgentDefinition | 'token';

/** Every setting of a definition. */
export const settingNames = Object.keys(agentDefinitionSchema.shape) as readonly (keyof AgentDefinition)[];

/** What an agent's settings are called in a file: the definition's keys in snake case. */
export function fileKey(setting: AgentSetting): string {
  return setting === 'token'
    ? 'discord_token'
    : setting.replaceAll(/[A-Z]/g, (upper) => `_${upper.toLowerCase()}`);
}

/** Every key that an agent in a file may have, with the setting that it is for. */
export const agentKeys: ReadonlyMap<string, AgentSetting> = new Map<string, AgentSetting>([
  ...settingNames.map((setting) => [fileKey(setting), setting] as const),
  [fileKey('token'), 'token'],
  // The Python handler's words.
  ['discord_enabled', 'enabled'],
  ['agent_type', 'type'],
  ['agent_config', 'config'],
]);
