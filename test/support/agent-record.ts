import { type AgentDefinition, agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import type { AgentRecord } from '../../src/agents/agent-record.ts';

/** A row of the agents table: an enabled echo agent with a token, but for what is said otherwise. */
export function agentRecord<Parts extends Partial<AgentRecord>>(
  parts: Parts = {} as Parts,
): AgentRecord & { sealedToken: string } & Parts {
  const keys = Object.keys(agentDefinitionSchema.shape) as (keyof AgentDefinition)[];
  const given = keys.filter((key) => parts[key] !== undefined).map((key) => [key, parts[key]]);
  return {
    ...agentDefinitionSchema.parse({ name: parts.id ?? 'agent-1', ...Object.fromEntries(given) }),
    id: 'agent-1',
    sealedToken: `sealed-${parts.id ?? 'agent-1'}`,
    identity: undefined,
    status: { state: 'stopped', reason: '' },
    version: 1,
    pausedAt: undefined,
    presence: undefined,
    createdAt: new Date(0),
    updatedAt: new Date(0),
    ...parts,
  };
}
