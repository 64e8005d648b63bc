import type { UsageGrouping } from '../usage/usage-report.ts';
import type { AgentRecord } from './agent-record.ts';

/** An agent's name; its id when it is gone. */
export function nameOf(agentId: string, agents: readonly AgentRecord[]): string {
  return agents.find(({ id }) => id === agentId)?.name ?? agentId;
}

/** Which agent it is, for programs. */
export function agentReference(
  agentId: string | undefined,
  agents: readonly AgentRecord[],
): { agent: string | null; agent_id: string | null } {
  return {
    agent: agentId === undefined ? null : nameOf(agentId, agents),
    agent_id: agentId ?? null,
  };
}

/** What calls are summed up by, for programs: `agent` and `agent_id`, `user_id`, `guild_id`, `provider` and `model`, … */
export function usageKeyAsJson(
  by: UsageGrouping,
  key: string | undefined,
  agents: readonly AgentRecord[],
): Readonly<Record<string, string | null>> {
  if (by === 'agent') return agentReference(key, agents);
  if (by === 'user' || by === 'guild') return { [`${by}_id`]: key ?? null };
  if (by !== 'model' || key === undefined) return { [by]: key ?? null };
  const slash = key.indexOf('/');
  return { provider: key.slice(0, slash), model: key.slice(slash + 1) };
}
