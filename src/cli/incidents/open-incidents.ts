import type { AgentStore } from '../../agents/agent-store.ts';
import { loadConfig } from '../../config/config.ts';
import type { Environment } from '../../config/environment.ts';
import { openDatabase } from '../../database/open-database.ts';
import { silentLogger } from '../../observability/logger.ts';
import type { IncidentLog } from '../../recovery/incident.ts';

/** The record of incidents, for the life of one command. */
export interface OpenIncidentLog {
  readonly incidents: IncidentLog;
  readonly agents: Pick<AgentStore, 'list'>;
  readonly close: () => Promise<void>;
}

/** Opens the database that the host uses under the same environment; makes it where there is none. */
export async function openIncidentLog(env: Environment): Promise<OpenIncidentLog> {
  const database = await openDatabase({ ...loadConfig(env), logger: silentLogger });
  return { incidents: database.incidents, agents: database.agents, close: () => database.close() };
}
