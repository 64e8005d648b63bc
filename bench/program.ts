import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { agentDefinitionSchema } from '../src/agents/agent-definition.ts';
import { loadConfig } from '../src/config/config.ts';
import { openDatabase } from '../src/database/open-database.ts';
import { silentLogger } from '../src/observability/logger.ts';
import { Child } from './child.ts';
import type { Assignment } from './programs/assignment.ts';
import { makeScratch } from './scratch.ts';
import type { Stage } from './stage.ts';

/** The programs that are compared. */
export const PROGRAMS = ['troupe', 'core', 'raw'] as const;

/** One of the programs that are compared. */
export type ProgramName = (typeof PROGRAMS)[number];

/** A program that was started. */
export interface RunningProgram {
  readonly child: Child;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** Starts a program with the bots of a stage. */
export async function startProgram(name: ProgramName, stage: Stage): Promise<RunningProgram> {
  const scratch = makeScratch();
  try {
    const child =
      name === 'troupe' ? await startTroupe(stage, scratch.path) : startEcho(name, stage, scratch.path);
    return {
      child,
      async stop() {
        await child.stop();
        scratch.remove();
      },
    };
  } catch (error) {
    scratch.remove();
    throw error;
  }
}

/** The real host, on a database that already has its agents. */
async function startTroupe({ discord, bots }: Stage, cwd: string): Promise<Child> {
  const env = {
    DATABASE_URL: `file:${path.join(cwd, 'troupe.db')}`,
    SECRET_KEY_FILE: path.join(cwd, 'secret.key'),
    DISCORD_API_URL: discord.apiUrl,
    MAX_CONCURRENT_BOTS: String(Math.max(50, bots.length)),
    LOG_LEVEL: 'warn',
    HTTP_PORT: '0',
  };
  const database = await openDatabase({ ...loadConfig(env, { cwd }), logger: silentLogger });
  try {
    const create = bots.map(({ username, token }) => {
      const definition = agentDefinitionSchema.parse({ name: username, type: 'echo' });
      return { kind: 'create', definition, token } as const;
    });
    if (create.length > 0) await database.agents.apply(create);
  } finally {
    await database.close();
  }
  const preload = ['bench/programs/lift-limit.ts'];
  return new Child({ script: 'src/main.ts', flags: await startFlags(), preload, cwd, env, input: '' });
}

function startEcho(name: 'core' | 'raw', { discord, bots }: Stage, cwd: string): Child {
  const assignment: Assignment = { apiUrl: discord.apiUrl, tokens: bots.map(({ token }) => token) };
  return new Child({
    script: `bench/programs/${name}-echo.ts`,
    cwd,
    env: {},
    input: JSON.stringify(assignment),
  });
}

/** What `npm start` tells Node, so that the host is measured as it is run. */
async function startFlags(): Promise<string[]> {
  const text = await readFile(path.join(import.meta.dirname, '../package.json'), 'utf8');
  const { scripts } = JSON.parse(text) as { scripts: { start: string } };
  return scripts.start.split(' ').filter((word) => word.startsWith('--max-'));
}
