import type { AgentTools } from '../../src/agents/agent-type.ts';
import type { AgentRecord } from '../../src/agents/agent-record.ts';
import { createAgent } from '../../src/agents/agent-types.ts';
import type { Agent } from '../../src/agents/agent.ts';
import { silentLogger } from '../../src/observability/logger.ts';

/** Tools for agents that use none of them; whoever uses one all the same fails. */
const noTools = new Proxy({} as AgentTools, {
  get(_, name) {
    if (name === 'logger') return silentLogger;
    throw new Error(`this test has no ${String(name)} for its agents`);
  },
});

/** Makes the agent of a row, as the host does, for tests in which agents need nothing. */
export function agentOf(record: AgentRecord): Agent {
  return createAgent(record.type, record.config, record, noTools);
}
