import type { AgentRecord } from '../../agents/agent-record.ts';
import { findAgent, unknownAgent } from '../find-agent.ts';

/** @throws {InputError} when there is no agent of this name or id, with the name that was probably meant */
export function knownAgent(name: string, agents: readonly AgentRecord[]): AgentRecord {
  const found = findAgent(name, agents);
  if (found === undefined) throw unknownAgent(name, agents);
  return found;
}

/**
 * Each of these agents once, in the order in which they are named.
 *
 * @throws {InputError} when one is not there
 */
export function knownAgents(names: readonly string[], agents: readonly AgentRecord[]): AgentRecord[] {
  return [...new Set(names.map((name) => knownAgent(name, agents)))];
}
