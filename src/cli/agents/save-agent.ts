import { agentNameKey, type AgentDefinition } from '../../agents/agent-definition.ts';
import type { AgentRecord } from '../../agents/agent-record.ts';
import type { ApplicationReport } from '../../discord/inspect-application.ts';
import { InputError } from '../../errors.ts';
import { findAgent } from '../find-agent.ts';
import type { Manager } from './manager.ts';

/** An agent as it is to be saved. */
export interface AgentDraft {
  /** With its secrets in the open. */
  readonly definition: AgentDefinition;
  /** As `AgentChange` takes it. */
  readonly token: string | null | undefined;
  /** The agent that it changes; undefined: it makes a new one. */
  readonly record: AgentRecord | undefined;
  /** What Discord told of the token. */
  readonly report: ApplicationReport | undefined;
}

/**
 * Saves an agent, and who its bot is when that was found out.
 *
 * @returns its row
 * @throws {InputError} when its name or its token is another agent's, or it is gone
 */
export async function saveAgent(
  { definition, token, record, report }: AgentDraft,
  { store }: Pick<Manager, 'store'>,
): Promise<AgentRecord> {
  await store.apply([
    record === undefined
      ? { kind: 'create', definition, token: token ?? undefined }
      : { kind: 'update', id: record.id, definition, token },
  ]);
  const saved = await find(definition, store);
  if (report === undefined) return saved;
  await store.saveIdentity(saved.id, report.identity);
  return { ...saved, identity: report.identity };
}

/** @throws {InputError} when the name is another agent's */
export async function refuseTakenName(
  name: string,
  { store }: Pick<Manager, 'store'>,
  ownId?: string,
): Promise<void> {
  const taken = (await store.list()).some(
    (agent) => agent.id !== ownId && agentNameKey(agent.name) === agentNameKey(name),
  );
  if (taken) throw new InputError(`there is already an agent ${JSON.stringify(name)}; names are unique`);
}

async function find({ name }: AgentDefinition, store: Manager['store']): Promise<AgentRecord> {
  const saved = findAgent(name, await store.list());
  if (saved === undefined) throw new InputError(`agent "${name}" was deleted meanwhile`);
  return saved;
}
