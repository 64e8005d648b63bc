import type { BotState } from '../../agents/agent-record.ts';
import { type Finding, ok } from './finding.ts';
import type { AgentOrLocked } from './open-agents.ts';

const LIVE = new Set<BotState>(['starting', 'ready', 'reconnecting']);

/** Whether a host seems to run on the database, as its agents' states tell. Neither is wrong. */
export function checkHost(agents: readonly AgentOrLocked[]): Finding {
  const live = agents.filter(({ record }) => LIVE.has(record.status.state)).length;
  return ok(
    'host',
    live === 0
      ? 'no agent is said to be connected'
      : `${live} of ${agents.length} agents are said to be connected: a host runs on this database, or was killed`,
  );
}
