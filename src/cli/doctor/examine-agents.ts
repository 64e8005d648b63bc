import { agentNameKey } from '../../agents/agent-definition.ts';
import { nearest } from '../../util/nearest.ts';
import { type AgentCheckTools, checkAgent } from './check-agent.ts';
import { eachBounded } from './each-bounded.ts';
import { type Check, type Finding, inGroup, ok, skipped, wrong } from './finding.ts';
import type { AgentOrLocked } from './open-agents.ts';

/** Agents that are checked at a time. */
const CONCURRENCY = 5;

/**
 * Checks agents, some beside one another; a group for each, in their order. Never throws.
 *
 * @param agents - all there are, or why that is not known
 * @param names - those to be checked; none: all that are enabled
 * @param onDone - told how many of how many are done
 */
export async function examineAgents(
  agents: readonly AgentOrLocked[] | string,
  names: readonly string[],
  tools: AgentCheckTools,
  onDone: (done: number, all: number) => void,
): Promise<readonly (readonly Check[])[]> {
  if (typeof agents === 'string') return [inGroup('Agents', [skipped('agents', agents)])];
  const { chosen, findings } = names.length === 0 ? chooseEnabled(agents) : chooseNamed(agents, names);
  let done = 0;
  onDone(done, chosen.length);
  const checked = await eachBounded(chosen, CONCURRENCY, async (agent) => {
    const checks = inGroup(`Agent ${agent.record.name}`, await checkAgent(agent, tools));
    done += 1;
    onDone(done, chosen.length);
    return checks;
  });
  return findings.length === 0 ? checked : [inGroup('Agents', findings), ...checked];
}

interface Choice {
  readonly chosen: readonly AgentOrLocked[];
  readonly findings: readonly Finding[];
}

function chooseEnabled(agents: readonly AgentOrLocked[]): Choice {
  if (agents.length === 0) return { chosen: [], findings: [ok('agents', 'there are none yet')] };
  const { on: chosen = [], off = [] } = Object.groupBy(agents, ({ record }) =>
    record.enabled ? 'on' : 'off',
  );
  const resting = off.map(({ record }) => record.name).join(', ');
  return {
    chosen,
    findings: off.length === 0 ? [] : [skipped('agents', `disabled, so not checked: ${resting}`)],
  };
}

function chooseNamed(agents: readonly AgentOrLocked[], names: readonly string[]): Choice {
  const known = new Map(agents.map(({ record }) => [agentNameKey(record.name), record.name]));
  const wanted = new Set(names.map(agentNameKey));
  const findings = names
    .filter((name) => !known.has(agentNameKey(name)))
    .map((name) => {
      const meant = nearest(name, known.values());
      const remedy = meant === undefined ? 'See `npm run agents -- list`.' : `Was ${meant} meant?`;
      return wrong('agents', `there is no agent "${name}"`, remedy);
    });
  return { chosen: agents.filter(({ record }) => wanted.has(agentNameKey(record.name))), findings };
}
