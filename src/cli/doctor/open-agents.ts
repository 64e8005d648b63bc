import { randomBytes } from 'node:crypto';
import type { AgentRecord } from '../../agents/agent-record.ts';
import type { AgentStore } from '../../agents/agent-store.ts';
import { namesSecret, variableReference } from '../../agents/secret-settings.ts';
import type { Config } from '../../config/config.ts';
import { openDatabase } from '../../database/open-database.ts';
import { TroupeError } from '../../errors.ts';
import { silentLogger } from '../../observability/logger.ts';
import type { HeldLease } from '../../leases/lease-store.ts';
import type { Redactor } from '../../observability/redactor.ts';
import { type Finding, ok, wrong } from './finding.ts';

/** An agent with its secrets opened. */
export interface OpenedAgent {
  readonly record: AgentRecord;
  readonly token: string | undefined;
  readonly config: Readonly<Record<string, unknown>>;
}

/** An agent whose secrets this machine's key does not open. */
export interface LockedAgent {
  readonly record: AgentRecord;
  readonly lock: TroupeError;
}

/** An agent, whether or not its secrets can be opened. */
export type AgentOrLocked = OpenedAgent | LockedAgent;

/** The agents with who runs them. */
export interface OpenedAgents {
  /** Oldest first. */
  readonly agents: readonly AgentOrLocked[];
  readonly leases: readonly HeldLease[];
}

/**
 * All agents with their secrets opened, which the redactor learns, and the leases on them.
 *
 * The database must be there and up to date, with the key for what is stored in it: nothing is made and changed then.
 *
 * @throws {TroupeError} when the database or the key cannot be used
 */
export async function openAgents(
  { database, secretKey }: Pick<Config, 'database' | 'secretKey'>,
  { hasKey, redactor }: { readonly hasKey: boolean; readonly redactor: Redactor },
): Promise<OpenedAgents> {
  // Without a secret in the database any key will do, and none is to be made.
  const key = hasKey ? secretKey : { key: randomBytes(32), file: secretKey.file };
  const opened = await openDatabase({ database, secretKey: key, logger: silentLogger });
  try {
    const records = await opened.agents.list();
    const leases = await opened.leases.list();
    return { agents: records.map((record) => open(record, opened.agents, redactor)), leases };
  } finally {
    await opened.close();
  }
}

/** Whether the key opens what is stored. */
export function checkSecrets(agents: readonly AgentOrLocked[]): Finding {
  const locked = agents.filter((agent): agent is LockedAgent => 'lock' in agent);
  const [first] = locked;
  if (first === undefined) return ok('stored secrets', 'the key opens all of them');
  const names = locked.map(({ record }) => record.name).join(', ');
  return wrong('stored secrets', `of ${names}: ${first.lock.message}`, first.lock.remedy);
}

/** Tells of agents with one and the same token: Discord lets only one of them in. */
export function checkTokens(agents: readonly AgentOrLocked[]): Finding[] {
  const withToken = agents.filter(
    (agent): agent is OpenedAgent => 'token' in agent && agent.token !== undefined,
  );
  return [...Map.groupBy(withToken, ({ token }) => token).values()]
    .filter((twins) => twins.length > 1)
    .map((twins) => {
      const names = twins.map(({ record }) => record.name).join(', ');
      const remedy = 'Give each a bot of its own, and enter its token with `npm run agents`.';
      return wrong('tokens', `${names} have the same token; each needs its own`, remedy);
    });
}

function open(
  record: AgentRecord,
  agents: Pick<AgentStore, 'openToken' | 'openConfig'>,
  redactor: Redactor,
): AgentOrLocked {
  try {
    const token = agents.openToken(record);
    const config = agents.openConfig(record);
    if (token !== undefined) redactor.add(token);
    JSON.stringify(config, (name, value: unknown) => {
      const isSecret =
        typeof value === 'string' && namesSecret(name) && variableReference(value) === undefined;
      if (isSecret) redactor.add(value);
      return value;
    });
    return { record, token, config };
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error;
    return { record, lock: error };
  }
}
