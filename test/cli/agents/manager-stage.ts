import path from 'node:path';
import { Readable } from 'node:stream';
import { expect, onTestFinished } from 'vitest';
import type { AgentRecord } from '../../../src/agents/agent-record.ts';
import { manageAgents } from '../../../src/cli/agents/manage-agents.ts';
import { loadConfig } from '../../../src/config/config.ts';
import { type Database, openDatabase } from '../../../src/database/open-database.ts';
import { silentLogger } from '../../../src/observability/logger.ts';
import { type StandInDiscord, startStandInDiscord } from '../../support/discord/stand-in-discord.ts';
import { type StandInLlm, startStandInLlm } from '../../support/llm/stand-in-llm.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** The host's key for the stand-in LLM. */
export const HOST_KEY = 'sk-host-0123456789abcdefghijklmnop';

/** A stand-in Discord, a stand-in LLM and an empty database, for one test. */
export interface ManagerStage {
  readonly directory: string;
  readonly discord: StandInDiscord;
  readonly llm: StandInLlm;
  readonly env: Record<string, string>;
  /** The agents by themselves, past the command. */
  readonly agents: () => Promise<AgentRecord[]>;
  readonly agent: (name: string) => Promise<AgentRecord>;
  /** Does something with the database past the command. */
  readonly within: <Result>(work: (database: Database) => Promise<Result>) => Promise<Result>;
  /** Runs the command as somebody without a terminal would. */
  readonly run: (argv: readonly string[], stdin?: string) => Promise<Outcome>;
}

/** What a command did. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What `--json` printed. */
  readonly json: () => Record<string, unknown>;
}

/** Sets the stage. Everything is taken down with the test. */
export async function setManagerStage(extraEnv: Record<string, string> = {}): Promise<ManagerStage> {
  const directory = await temporaryDirectory();
  const discord = await startStandInDiscord();
  onTestFinished(() => discord.stop());
  const llm = await startStandInLlm({ keys: [HOST_KEY] });
  onTestFinished(() => llm.stop());
  const env = {
    DATABASE_URL: `file:${path.join(directory, 'troupe.db')}`,
    SECRET_KEY_FILE: path.join(directory, 'secret.key'),
    DISCORD_API_URL: discord.apiUrl,
    OPENAI_API_KEY: HOST_KEY,
    OPENAI_BASE_URL: llm.openaiUrl,
    ANTHROPIC_BASE_URL: llm.anthropicUrl,
    ...extraEnv,
  };
  const within: ManagerStage['within'] = async (work) => {
    const database = await openDatabase({ ...loadConfig(env), logger: silentLogger });
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  };
  const agents = (): Promise<AgentRecord[]> => within((database) => database.agents.list());
  return {
    directory,
    discord,
    llm,
    env,
    within,
    agents,
    async agent(name) {
      const found = (await agents()).find((one) => one.name === name);
      if (found === undefined) throw new Error(`there is no agent ${name}`);
      return found;
    },
    async run(argv, stdin = '') {
      let out = '';
      let err = '';
      const io = {
        stdin: Readable.from([stdin]),
        stdout: { write: (text: string) => (out += text) },
        stderr: { write: (text: string) => (err += text) },
      };
      const code = await manageAgents(argv, io, { env, cwd: directory });
      return { code, out, err, json: () => JSON.parse(out) as Record<string, unknown> };
    },
  };
}

/** Makes agents without asking anybody. */
export async function make(stage: ManagerStage, ...commands: readonly string[][]): Promise<void> {
  for (const words of commands) {
    const { code, err } = await stage.run(['create', ...words, '--offline']);
    expect(err).toBe('');
    expect(code).toBe(0);
  }
}
