import type { AccessStores } from '../../access/access.ts';
import { loadConfig } from '../../config/config.ts';
import type { Environment } from '../../config/environment.ts';
import { openDatabase } from '../../database/open-database.ts';
import { silentLogger } from '../../observability/logger.ts';
import { cliActor } from '../cli-actor.ts';

/** Who may, for the life of one command. */
export interface OpenAdminUsers extends AccessStores {
  readonly close: () => Promise<void>;
}

/** Opens the database that the host uses under the same environment; makes it where there is none. */
export async function openAdminUsers(env: Environment): Promise<OpenAdminUsers> {
  const database = await openDatabase({ ...loadConfig(env), logger: silentLogger, actor: cliActor() });
  const { adminUsers, adminSessions, apiTokens } = database;
  return { adminUsers, adminSessions, apiTokens, close: () => database.close() };
}
