import { loadConfig } from '../../config/config.ts';
import type { Environment } from '../../config/environment.ts';
import { type Database, openDatabase } from '../../database/open-database.ts';
import { silentLogger } from '../../observability/logger.ts';
import { cliActor } from '../cli-actor.ts';

/** What is kept of users, for the life of one command. */
export interface OpenUsers extends Pick<Database, 'userData' | 'erasures'> {
  readonly close: () => Promise<void>;
}

/** Opens the database that the host uses under the same environment; makes it where there is none. */
export async function openUsers(env: Environment): Promise<OpenUsers> {
  const database = await openDatabase({ ...loadConfig(env), logger: silentLogger, actor: cliActor() });
  const { userData, erasures } = database;
  return { userData, erasures, close: () => database.close() };
}
