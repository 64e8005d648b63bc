import type { AgentStore } from '../../agents/agent-store.ts';
import { loadConfig } from '../../config/config.ts';
import type { Environment } from '../../config/environment.ts';
import { runtimeConfig } from '../../config/runtime-config.ts';
import type { ExchangeLog } from '../../messages/exchange-log.ts';
import { openDatabase } from '../../database/open-database.ts';
import { silentLogger } from '../../observability/logger.ts';
import { cliActor } from '../cli-actor.ts';

/** The record of exchanges, for the life of one command. */
export interface OpenExchanges {
  readonly exchanges: ExchangeLog;
  readonly agents: Pick<AgentStore, 'list'>;
  /** How often a host looks for what is to be answered after all, in milliseconds. */
  readonly pollIntervalMs: number;
  readonly close: () => Promise<void>;
}

/** Opens the database that the host uses under the same environment; makes it where there is none. */
export async function openExchanges(env: Environment): Promise<OpenExchanges> {
  const config = loadConfig(env);
  const database = await openDatabase({ ...config, logger: silentLogger, actor: cliActor() });
  return {
    exchanges: database.exchangeLog,
    agents: database.agents,
    pollIntervalMs: runtimeConfig(config, database.settings.values).pollIntervalMs,
    close: () => database.close(),
  };
}
