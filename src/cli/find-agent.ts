import { agentNameKey } from '../agents/agent-definition.ts';
import type { AgentRecord } from '../agents/agent-record.ts';
import { quote } from '../agents-file/show-value.ts';
import { InputError } from '../errors.ts';
import { nearest } from '../util/nearest.ts';

/** The agent of that name, whatever its case, or of that id. */
export function findAgent(asked: string, agents: readonly AgentRecord[]): AgentRecord | undefined {
  const key = agentNameKey(asked);
  return agents.find(({ name }) => agentNameKey(name) === key) ?? agents.find(({ id }) => id === asked);
}

/** What is told when there is no such agent, with the one that was probably meant. */
export function unknownAgent(asked: string, agents: readonly AgentRecord[]): InputError {
  const meant = nearest(
    asked,
    agents.map(({ name }) => name),
  );
  const hint = meant === undefined ? '' : `; did you mean ${quote(meant)}?`;
  return new InputError(`there is no agent ${quote(asked)}${hint}`, {
    remedy: 'npm run agents -- list shows them all.',
  });
}
