import { createAgentTools } from '../../host/agent-tools.ts';
import type { AgentRecord } from '../../agents/agent-record.ts';
import type { AgentStore } from '../../agents/agent-store.ts';
import type { AgentTools } from '../../agents/agent-type.ts';
import { type Config, loadConfig } from '../../config/config.ts';
import type { Environment } from '../../config/environment.ts';
import { type Database, openDatabase } from '../../database/open-database.ts';
import { type ApplicationReport, inspectApplication } from '../../discord/inspect-application.ts';
import { PATIENCE } from '../../examine/examiner.ts';
import { silentLogger } from '../../observability/logger.ts';
import { createRedactor } from '../../observability/redactor.ts';
import { createBackground } from '../../util/background.ts';
import { cliActor } from '../cli-actor.ts';
import type { CommandOutput } from '../run-command.ts';
import { presentAgents } from '../../bots/present-agents.ts';

/** The terminal, or what stands in for one; `process` fits. */
export interface ManagerIo extends CommandOutput {
  readonly stdin: AsyncIterable<Buffer | string> & { readonly isTTY?: boolean };
  readonly stdout: CommandOutput['stdout'] & { readonly isTTY?: boolean };
  readonly stderr: CommandOutput['stderr'] & { readonly isTTY?: boolean };
}

/** Where a manager works. */
export interface ManagerPlace {
  /** Decides which database, which Discord, which providers; tokens and keys are looked up here too. */
  readonly env: Environment;
  /** The folder from which relative paths begin. */
  readonly cwd: string;
}

/** What agents are managed with, for the life of one command. */
export interface Manager extends ManagerPlace {
  readonly config: Config;
  readonly store: AgentStore;
  /** All agents, oldest first, with their states as {@link presentAgents} finds them. */
  readonly present: () => Promise<AgentRecord[]>;
  readonly countMemories: Database['countMemories'];
  /** What a host under this environment would give its agents; calls are booked. */
  readonly tools: AgentTools;
  /** Asks Discord who a token belongs to. Throws as {@link inspectApplication} does. */
  readonly inspect: (token: string, signal: AbortSignal) => Promise<ApplicationReport>;
  readonly close: () => Promise<void>;
}

/**
 * Opens the database that the host uses under the same environment, makes it where there is none. Sends nothing.
 *
 * @throws {ConfigError} when a setting is wrong
 * @throws {UnavailableError} when the database cannot be opened
 */
export async function openManager(place: ManagerPlace): Promise<Manager> {
  const { env } = place;
  const config = loadConfig(env);
  const database = await openDatabase({ ...config, logger: silentLogger, actor: cliActor() });
  const background = createBackground({ concurrency: 1, backlog: 1, onError: () => undefined });
  const redactor = createRedactor();
  return {
    ...place,
    config,
    store: database.agents,
    async present() {
      const agents = await database.agents.list();
      return presentAgents(agents, await database.leases.list());
    },
    countMemories: (agentId) => database.countMemories(agentId),
    tools: createAgentTools({ config, env, database, background, logger: silentLogger, redactor }),
    inspect: (token, signal) => {
      redactor.add(token);
      return inspectApplication(token, { apiUrl: config.discord.apiUrl, timeout: PATIENCE }, signal);
    },
    async close() {
      await background.stop();
      await database.close();
    },
  };
}
