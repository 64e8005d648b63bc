import type { AgentRecord } from '../../agents/agent-record.ts';

/** An agent's name; its id when it is gone. */
export function nameOf(agentId: string, agents: readonly AgentRecord[]): string {
  return agents.find(({ id }) => id === agentId)?.name ?? agentId;
}

/** An agent for programs. */
export function agentAsJson(agentId: string | undefined, agents: readonly AgentRecord[]): object {
  return {
    agent: agentId === undefined ? null : nameOf(agentId, agents),
    agent_id: agentId ?? null,
  };
}
