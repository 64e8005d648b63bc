import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type AgentDefinition, agentDefinitionSchema } from '../src/agents/agent-definition.ts';
import { loadConfig } from '../src/config/config.ts';
import { openDatabase } from '../src/database/open-database.ts';
import { silentLogger } from '../src/observability/logger.ts';
import { Child, type ChildCommand } from './child.ts';
import type { Stage } from './stage.ts';

/** A host to start. */
export interface TroupeCommand {
  readonly stage: Stage;
  /** Where its files are. */
  readonly cwd: string;
  /** What each of its agents is, apart from the name. */
  readonly agent: Pick<AgentDefinition, 'type'> & Partial<AgentDefinition>;
  /** Settings besides those that the bench itself makes. */
  readonly env?: Readonly<Record<string, string>>;
  /** As in {@link ChildCommand.channel}. */
  readonly channel?: ChildCommand['channel'];
  /** As in {@link ChildCommand.preload}. */
  readonly preload?: ChildCommand['preload'];
  /** As in {@link ChildCommand.flags}, besides those of `npm start`. */
  readonly flags?: ChildCommand['flags'];
}

/** The database's file, below the host's directory. */
export const DATABASE_FILE = 'troupe.db';

/** Starts the real host, on a database that already has an agent for each bot of the stage. */
export async function startTroupe(command: TroupeCommand): Promise<Child> {
  const { stage, cwd, agent } = command;
  const { discord, bots } = stage;
  const env = {
    DATABASE_URL: `file:${path.join(cwd, DATABASE_FILE)}`,
    SECRET_KEY_FILE: path.join(cwd, 'secret.key'),
    DISCORD_API_URL: discord.apiUrl,
    MAX_CONCURRENT_BOTS: String(Math.max(50, bots.length)),
    LOG_LEVEL: 'warn',
    HTTP_PORT: '0',
    ...command.env,
  };
  const database = await openDatabase({ ...loadConfig(env, { cwd }), logger: silentLogger });
  try {
    const create = bots.map(({ username, token }) => {
      const definition = agentDefinitionSchema.parse({ ...agent, name: username });
      return { kind: 'create', definition, token } as const;
    });
    if (create.length > 0) await database.agents.apply(create);
    // Otherwise it shows a code to make one, which the bench takes for a complaint.
    await database.adminUsers.create({ name: 'bench', role: 'admin', passwordHash: '' });
  } finally {
    await database.close();
  }
  const flags = [...(await startFlags()), ...(command.flags ?? [])];
  const preload = ['bench/programs/lift-limit.ts', ...(command.preload ?? [])];
  const channel = command.channel ?? false;
  return new Child({ script: 'src/main.ts', flags, preload, cwd, env, input: '', channel });
}

/** What `npm start` tells Node, so that the host is measured as it is run. */
export async function startFlags(): Promise<string[]> {
  const text = await readFile(path.join(import.meta.dirname, '../package.json'), 'utf8');
  const { scripts } = JSON.parse(text) as { scripts: { start: string } };
  return scripts.start.split(' ').filter((word) => word.startsWith('--max-'));
}
