import { agentNameKey } from '../agents/agent-definition.ts';
import type { AgentRecord } from '../agents/agent-record.ts';
import type { AgentChange } from '../agents/agent-store.ts';
import { diffAgent, type FieldChange } from './diff-agent.ts';
import { StoredConflictError, type FileProblem } from './file-problem.ts';
import type { ParsedAgent, ParsedAgents } from './parsed-agents.ts';
import { quote } from './show-value.ts';

/** An agent of the file that is in the table too; with no fields, it is so already. */
interface PlannedUpdate {
  readonly agent: ParsedAgent;
  readonly record: AgentRecord;
  readonly fields: readonly FieldChange[];
}

/** What brings the agents table in line with a file. */
export interface LoadPlan {
  readonly create: readonly ParsedAgent[];
  readonly update: readonly PlannedUpdate[];
  readonly unchanged: readonly PlannedUpdate[];
  readonly remove: readonly AgentRecord[];
  /** Agents whose token goes to another one, which needs it to be free before. */
  readonly released: readonly PlannedUpdate[];
  readonly warnings: readonly FileProblem[];
}

/** How a plan is made. */
export interface PlanOptions {
  /** Whether agents that are not in the file are removed. */
  readonly prune: boolean;
  /** Whether this is the agent's stored token; false when it has none. */
  readonly sameToken: (record: AgentRecord, token: string) => boolean;
  /** The agent's stored config with the secrets in it open. One that cannot be opened equals none of a file. */
  readonly openConfig: (record: AgentRecord) => AgentRecord['config'];
}

/**
 * Compares a file with the agents that there are. Agents are the same when their names are, whatever the case.
 *
 * @throws {StoredConflictError} when a token belongs to an agent that keeps it.
 */
export function planLoad(
  { agents, warnings }: ParsedAgents,
  existing: readonly AgentRecord[],
  { prune, ...stored }: PlanOptions,
): LoadPlan {
  const records = new Map(existing.map((record) => [agentNameKey(record.name), record]));
  const create: ParsedAgent[] = [];
  const matched = new Map<string, PlannedUpdate>();
  for (const agent of agents) {
    const record = records.get(agentNameKey(agent.definition.name));
    if (record === undefined) create.push(agent);
    else matched.set(record.id, { agent, record, fields: fieldsOf(agent, record, stored) });
  }
  const missing = existing.filter(({ id }) => !matched.has(id));
  const remove = prune ? missing : [];
  const released = takenTokens(agents, existing, { remove, matched, ...stored });
  const updates = [...matched.values()];
  return {
    create,
    update: updates.filter(({ fields }) => fields.length > 0),
    unchanged: updates.filter(({ fields }) => fields.length === 0),
    remove,
    released,
    warnings: warnings.map((warning) => keepsToken(warning, updates)),
  };
}

/** The changes that carry out a plan, in an order in which no name or token is in use twice. */
export function changesOf(plan: LoadPlan): AgentChange[] {
  return [
    ...plan.remove.map(({ id }) => ({ kind: 'delete', id }) as const),
    ...plan.released.map((update) => ({ ...updateOf(update), token: null })),
    ...plan.update.map(updateOf),
    ...plan.create.map(({ definition, token }) => ({ kind: 'create', definition, token }) as const),
  ];
}

function updateOf({ agent, record, fields }: PlannedUpdate): Extract<AgentChange, { kind: 'update' }> {
  // A token that is the stored one already is not written again: that would look like another one.
  const token = fields.some(({ field }) => field === 'token') ? agent.token : undefined;
  return { kind: 'update', id: record.id, definition: agent.definition, token };
}

function fieldsOf(
  agent: ParsedAgent,
  record: AgentRecord,
  { sameToken, openConfig }: Omit<PlanOptions, 'prune'>,
): FieldChange[] {
  const stored = { ...record, config: openConfig(record) };
  const fields = diffAgent(stored, agent.definition, agent.concealed);
  if (agent.token === undefined || sameToken(record, agent.token)) return fields;
  return [...fields, { field: 'token', from: undefined, to: undefined, concealed: true }];
}

interface Holders extends Pick<PlanOptions, 'sameToken'> {
  readonly remove: readonly AgentRecord[];
  readonly matched: ReadonlyMap<string, PlannedUpdate>;
}

/** The agents that hand their token over to another one of the file, and get another in its place. */
function takenTokens(
  agents: readonly ParsedAgent[],
  existing: readonly AgentRecord[],
  { remove, matched, sameToken }: Holders,
): PlannedUpdate[] {
  const staying = existing.filter((record) => !remove.includes(record));
  const released: PlannedUpdate[] = [];
  const problems: FileProblem[] = [];
  for (const { token, definition, whereToken } of agents) {
    const nameKey = agentNameKey(definition.name);
    const holder = token === undefined ? undefined : staying.find((record) => sameToken(record, token));
    if (holder === undefined || agentNameKey(holder.name) === nameKey) continue;
    const update = matched.get(holder.id);
    if (update?.agent.token !== undefined) released.push(update);
    else problems.push({ ...whereToken, message: takenMessage(holder, update !== undefined) });
  }
  if (problems.length > 0) throw new StoredConflictError(problems);
  return released;
}

function takenMessage(holder: AgentRecord, inFile: boolean): string {
  const remedy = inFile ? 'give that one another' : 'remove that one first, or let --prune do it';
  return `the token is already that of the stored agent ${quote(holder.name)}; ${remedy}`;
}

/** The same warning as it reads for an agent that has a token already, which stays. */
function keepsToken(warning: FileProblem, updates: readonly PlannedUpdate[]): FileProblem {
  const update = updates.find(({ agent }) => agent.tokenUnset?.warning === warning);
  const why = update?.agent.tokenUnset?.why;
  if (why === undefined || update?.record.sealedToken === undefined) return warning;
  return { ...warning, message: `${why}: the stored token stays` };
}
