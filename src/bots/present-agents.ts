import type { AgentRecord, BotState } from '../agents/agent-record.ts';
import type { HeldLease } from '../leases/lease-store.ts';

/** The states of bots that a host runs, each under a lease. */
const RUN: ReadonlySet<BotState> = new Set<BotState>(['starting', 'ready', 'reconnecting', 'backing-off']);

/** Whether an agent's state says that a host runs its bot. A host that was killed leaves that behind. */
export function isSaidToRun({ status }: Pick<AgentRecord, 'status'>): boolean {
  return RUN.has(status.state);
}

/** The ids of the agents whose leases hosts hold now. */
export function leasedAgents(leases: readonly HeldLease[]): ReadonlySet<string> {
  return new Set(leases.filter(({ isLive }) => isLive).map(({ agentId }) => agentId));
}

/**
 * Agents with their states as they are: `stopped` in place of one that a host left behind.
 *
 * @param leases - read after the agents: a bot that starts has its lease first
 */
export function presentAgents(agents: readonly AgentRecord[], leases: readonly HeldLease[]): AgentRecord[] {
  const leased = leasedAgents(leases);
  return agents.map((agent) =>
    isSaidToRun(agent) && !leased.has(agent.id)
      ? { ...agent, status: { state: 'stopped', reason: 'no host runs it' } }
      : agent,
  );
}
