import type { AgentStore } from '../agents/agent-store.ts';
import { type HostBudget, loadConfig } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import { runtimeConfig } from '../config/runtime-config.ts';
import type { SettingsStore } from '../config/settings-store.ts';
import { openDatabase } from '../database/open-database.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import { silentLogger } from '../observability/logger.ts';
import type { UsageReports } from '../usage/usage-report.ts';
import { cliActor } from './cli-actor.ts';

/** The agents and their memories for the life of one command. */
export interface OpenStore {
  readonly store: AgentStore;
  readonly memory: MemoryStore;
  readonly close: () => Promise<void>;
}

/** An {@link OpenStore} and the books of what models cost. */
export interface OpenBooks extends OpenStore {
  readonly usageReports: UsageReports;
  /** What the host may spend in a day; undefined: as much as it likes. */
  readonly hostBudget: HostBudget | undefined;
}

/** An {@link OpenBooks} and the runtime settings. */
export interface OpenSettings extends OpenBooks {
  readonly settings: SettingsStore;
}

/** Opens the database that the host uses under the same environment; makes it where there is none. */
export async function openStore(env: Environment): Promise<OpenSettings> {
  const config = loadConfig(env);
  const database = await openDatabase({ ...config, logger: silentLogger, actor: cliActor() });
  return {
    store: database.agents,
    memory: database.memory,
    usageReports: database.usageReports,
    settings: database.settings,
    hostBudget: runtimeConfig(config, database.settings.values).budget,
    close: () => database.close(),
  };
}
