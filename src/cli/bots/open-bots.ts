import { loadConfig } from '../../config/config.ts';
import type { Environment } from '../../config/environment.ts';
import { type Database, openDatabase } from '../../database/open-database.ts';
import { silentLogger } from '../../observability/logger.ts';

/** The bots and the commands to them, for the life of one command. */
export interface OpenBots {
  readonly agents: Pick<Database['agents'], 'list'>;
  readonly leases: Pick<Database['leases'], 'list'>;
  readonly commands: Pick<Database['botCommands'], 'send' | 'list' | 'get'>;
  readonly close: () => Promise<void>;
}

/** Opens the database that the host uses under the same environment; makes it where there is none. */
export async function openBots(env: Environment): Promise<OpenBots> {
  const database = await openDatabase({ ...loadConfig(env), logger: silentLogger });
  const { agents, leases, botCommands } = database;
  return { agents, leases, commands: botCommands, close: () => database.close() };
}
