import path from 'node:path';
import Sqlite from 'libsql';
import { onTestFinished } from 'vitest';
import { agentDefinitionSchema, type AgentDefinition } from '../../src/agents/agent-definition.ts';
import type { AgentRecord } from '../../src/agents/agent-record.ts';
import { loadConfig } from '../../src/config/config.ts';
import { type OpenClient, openClient } from '../../src/database/open-client.ts';
import { openDatabase, type Database } from '../../src/database/open-database.ts';
import type { Row } from '../../src/database/statements.ts';
import type { Host, HostOptions } from '../../src/host/host-options.ts';
import { startHost } from '../../src/host.ts';
import { silentLogger } from '../../src/observability/logger.ts';
import { createRedactor } from '../../src/observability/redactor.ts';
import { collectingLogger, type CollectingLogger } from './collecting-logger.ts';
import { startStandInDiscord, type StandInDiscord } from './discord/stand-in-discord.ts';
import type { StandInDiscordOptions } from './discord/options.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A stand-in Discord, an agents table and a host, for one test. */
export interface Stage {
  readonly discord: StandInDiscord;
  /** The same database as the host's, opened beside it as a command would. */
  readonly database: Database;
  readonly logger: CollectingLogger;
  readonly env: Record<string, string>;
  /** Starts a host on this database; stopped with the test, if not before. */
  start(options?: Partial<HostOptions>): Promise<Host>;
  /** Makes an agent. What is not said is as in an agents file. */
  addAgent(agent: AgentInput): Promise<void>;
  /** Changes an agent by its name. */
  editAgent(name: string, change: Partial<AgentInput>): Promise<void>;
  removeAgent(name: string): Promise<void>;
  agent(name: string): Promise<AgentRecord>;
  /** Reads a SQLite database past everything of ours, as an operator would. */
  rows(sql: string): Record<string, unknown>[];
  /** Changes a SQLite database past everything of ours. */
  exec(sql: string): void;
  /** Reads or changes the database past every table of ours, whichever it is; what comes out is text. */
  query(sql: string): Promise<Row[]>;
  /** Resolves with the exchanges row of a message (of the only bot that it was for) once it is not open any more. */
  readonly exchangeOf: (message: {
    readonly id: string;
  }) => Promise<{ state: string; reason: string; id: string }>;
  /** Resolves once the agents table says so. */
  untilAgent(name: string, state: string): Promise<AgentRecord>;
}

/** An agent for a test. */
export type AgentInput = Partial<AgentDefinition> & { name: string; token?: string };

/** Waits that are short enough for a test, where Discord's own would take seconds. */
const BRISK = {
  backOff: { base: 20, cap: 200 },
  identifyInterval: 0,
  recheckInterval: 50,
  sessionInterval: 20,
  editInterval: 20,
  modelPatience: { backOff: { base: 1, cap: 5 } },
} as const satisfies Partial<HostOptions>;

/** The states of exchanges that are not over. */
const OPEN: ReadonlySet<string> = new Set(['admitted', 'streaming', 'answered', 'delivering', 'replay']);

/**
 * Sets the stage, on a SQLite database of its own where `DATABASE_URL` does not say otherwise. Everything is taken down with the test, which fails if Discord would have complained. */
export async function setStage(
  options: StandInDiscordOptions = {},
  extraEnv: Record<string, string> = {},
): Promise<Stage> {
  const directory = await temporaryDirectory();
  const discord = await startStandInDiscord({ identifyWindow: 0, ...options });
  onTestFinished(() => discord.stop());
  const env = {
    DATABASE_URL: `file:${path.join(directory, 'troupe.db')}`,
    SECRET_KEY_FILE: path.join(directory, 'secret.key'),
    DISCORD_API_URL: discord.apiUrl,
    DISCORD_NEW_AGENT_POLL_INTERVAL: '0.02',
    HTTP_PORT: '0',
    ...extraEnv,
  };
  const config = loadConfig(env);
  const file = config.database.provider === 'sqlite' ? config.database.file : undefined;
  const logger = collectingLogger();
  const database = await openDatabase({ ...config, logger: silentLogger });
  onTestFinished(() => database.close());

  const sqlite = (): Sqlite.Database => {
    if (file === undefined) throw new Error('this database is not SQLite: use query');
    // The same library as the program's: a second SQLite in one process undoes the locks of the first.
    return new Sqlite(file);
  };
  const rows = (sql: string): Record<string, unknown>[] => {
    const connection = sqlite();
    try {
      return connection.prepare(sql).all() as Record<string, unknown>[];
    } finally {
      connection.close();
    }
  };

  let opened: Promise<OpenClient> | undefined;
  onTestFinished(async () => (await opened)?.close());
  const query = async (sql: string): Promise<Row[]> => {
    opened ??= openClient(config.database);
    const { statements } = await opened;
    if (/^\s*SELECT/i.test(sql)) return statements.rows(sql, []);
    await statements.run(sql, []);
    return [];
  };

  const find = async (name: string): Promise<AgentRecord> => {
    const agent = (await database.agents.list()).find((candidate) => candidate.name === name);
    if (agent === undefined) throw new Error(`there is no agent ${name}`);
    return agent;
  };

  return {
    discord,
    database,
    logger,
    env,
    agent: find,
    rows,
    query,
    exec(sql) {
      const connection = sqlite();
      connection.exec(sql);
      connection.close();
    },
    async exchangeOf({ id }) {
      const deadline = Date.now() + 30_000;
      for (;;) {
        const [row] = await query(`SELECT id, state, reason FROM exchanges WHERE message_id = '${id}'`);
        const exchange = row as { state: string; reason: string; id: string } | undefined;
        if (exchange !== undefined && !OPEN.has(exchange.state)) return exchange;
        if (Date.now() > deadline) throw new Error(`message ${id} is ${exchange?.state ?? 'not on record'}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async start(hostOptions = {}) {
      const host = await startHost({
        config,
        env,
        logger,
        redactor: createRedactor(),
        ...BRISK,
        ...hostOptions,
      });
      onTestFinished(() => host.stop());
      return host;
    },
    async addAgent({ token, ...rest }) {
      const definition = agentDefinitionSchema.parse(rest);
      await database.agents.apply([{ kind: 'create', definition, token }]);
    },
    async editAgent(name, { token, ...change }) {
      const before = await find(name);
      const keys = Object.keys(agentDefinitionSchema.shape) as (keyof AgentDefinition)[];
      const settings = Object.fromEntries(keys.map((key) => [key, change[key] ?? before[key]]));
      const definition = agentDefinitionSchema.parse(settings);
      await database.agents.apply([{ kind: 'update', id: before.id, definition, token }]);
    },
    async removeAgent(name) {
      await database.agents.apply([{ kind: 'delete', id: (await find(name)).id }]);
    },
    async untilAgent(name, state) {
      const deadline = Date.now() + 30_000;
      for (;;) {
        const agent = await find(name);
        if (agent.status.state === state) return agent;
        if (Date.now() > deadline) {
          throw new Error(`${name} is ${agent.status.state} (${agent.status.reason}), not ${state}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}
