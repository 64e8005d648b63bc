import { InputError } from '../errors.ts';
import type { Agent } from './agent.ts';
import type { AgentIdentity, AgentTools, AgentType } from './agent-type.ts';
import type { AgentDefinition } from './agent-definition.ts';
import { echoAgentType } from './echo-agent.ts';
import { llmAgentType } from './llm/llm-agent.ts';

/** Every kind of agent there is. Add yours here. */
export const agentTypes: ReadonlyMap<string, AgentType> = new Map<string, AgentType>([
  [echoAgentType.name, echoAgentType],
  [llmAgentType.name, llmAgentType],
]);

/**
 * Makes the agent that a row of the agents table describes.
 *
 * @throws {InputError} when the type is unknown or its config does not fit, naming both.
 */
export function createAgent(
  type: string,
  config: unknown,
  identity: AgentIdentity,
  tools: AgentTools,
): Agent {
  const agentType = agentTypes.get(type);
  if (agentType === undefined) {
    throw new InputError(`unknown agent type "${type}"; known are: ${[...agentTypes.keys()].join(', ')}`);
  }
  const parsed = agentType.configSchema.safeParse(config);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `config.${issue.path.join('.')}: ${issue.message}`);
    throw new InputError(`the config does not fit an agent of type "${type}": ${issues.join('; ')}`);
  }
  return agentType.create(parsed.data, identity, tools);
}

/**
 * Whether this agent cannot do its work without the privileged MESSAGE_CONTENT intent.
 *
 * Mentions, replies that ping and direct messages carry their text without it.
 */
export function requiresMessageContent({ type, config, ...definition }: AgentDefinition): boolean {
  if (definition.respondWithoutMention || definition.respondToEveryone) return true;
  return agentTypes.get(type)?.requiresMessageContent?.(config) ?? false;
}
