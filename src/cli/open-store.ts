import type { AgentStore } from '../agents/agent-store.ts';
import { loadConfig } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import { openDatabase } from '../database/open-database.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import { silentLogger } from '../observability/logger.ts';

/** The agents and their memories for the life of one command. */
export interface OpenStore {
  readonly store: AgentStore;
  readonly memory: MemoryStore;
  readonly close: () => Promise<void>;
}

/** Opens the database that the host uses under the same environment; makes it where there is none. */
export async function openStore(env: Environment): Promise<OpenStore> {
  const database = await openDatabase({ ...loadConfig(env), logger: silentLogger });
  return { store: database.agents, memory: database.memory, close: () => database.close() };
}
