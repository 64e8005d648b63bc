import type { AgentRecord } from '../../agents/agent-record.ts';
import type { AgentChange } from '../../agents/agent-store.ts';
import { printable } from '../../agents-file/show-value.ts';
import { jsonLine } from '../json-line.ts';
import { definitionOf } from '../../agents/check-definition.ts';
import { agentAsJson } from '../../agents/agent-json.ts';
import { knownAgents } from './known-agents.ts';
import type { Manager, ManagerIo } from './manager.ts';

/** `enable NAME…` and `disable NAME…`: all of them, or none. */
export async function switchAgents(
  names: readonly string[],
  { enabled, json }: { readonly enabled: boolean; readonly json?: true },
  { store, present }: Manager,
  io: ManagerIo,
): Promise<void> {
  const agents = knownAgents(names, await present());
  await store.apply(agents.filter((agent) => agent.enabled !== enabled).map((agent) => flip(agent, enabled)));
  if (json) {
    io.stdout.write(jsonLine(agents.map((agent) => agentAsJson({ ...agent, enabled }))));
    return;
  }
  const word = enabled ? 'enabled' : 'disabled';
  for (const agent of agents) {
    const already = agent.enabled === enabled ? 'was already' : 'is';
    io.stdout.write(`${printable(agent.name)} ${already} ${word}.\n`);
  }
}

/** The change that enables or disables an agent; its secrets stay as they are stored. */
export function flip(agent: AgentRecord, enabled: boolean): AgentChange {
  const definition = { ...definitionOf(agent), enabled };
  return { kind: 'update', id: agent.id, definition, token: undefined };
}
