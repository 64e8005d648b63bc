import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { agentDefinitionSchema } from '../src/agents/agent-definition.ts';
import { loadConfig } from '../src/config/config.ts';
import type { Host } from '../src/host/host-options.ts';
import { startHost } from '../src/host.ts';
import { createRedactor } from '../src/observability/redactor.ts';
import type { Bot } from '../test/support/discord/bot.ts';
import { startStandInDiscord, type StandInDiscord } from '../test/support/discord/stand-in-discord.ts';
import type { User } from '../test/support/discord/user.ts';
import type { Latency } from '../test/support/llm/reply.ts';
import type { StandInLlm } from '../test/support/llm/stand-in-llm.ts';
import { AgentDesk } from './agent-desk.ts';
import { CAST, isLlm, type RoleName } from './cast.ts';
import type { FoundProvider } from './find-provider.ts';
import { buildHouse, type House } from './house.ts';
import { createReleases } from './releases.ts';
import { startStandInProvider } from './stand-in-provider.ts';
import { openTable } from './table-client.ts';
import { watchedLogger, type WatchedLogger } from './watched-logger.ts';

/** Everything that the demo plays on. */
export interface Stage {
  readonly discord: StandInDiscord;
  readonly house: House;
  /** Who types. */
  readonly user: User;
  /** The bots as Discord knows them. */
  readonly bots: ReadonlyMap<RoleName, Bot>;
  readonly host: Host;
  /** What the host logs. */
  readonly log: WatchedLogger;
  /** The agents table. */
  readonly desk: AgentDesk;
  /** What speaks for the LLM agent: `a stand-in LLM`, or provider and model. */
  readonly speaker: string;
  /** Undefined where a real provider takes its place. */
  readonly llm: StandInLlm | undefined;
  /** Characters in one message. */
  readonly messageLength: number;
  /**
   * Takes everything down: host, database, LLM, Discord, directory.
   *
   * @throws ViolationError or LlmViolationError when the real ones would have complained of something
   */
  close(): Promise<void>;
}

/** What a stage can be told. */
export interface StageOptions {
  /** What speaks for the LLM agent. Default: a stand-in LLM. */
  readonly provider?: FoundProvider | undefined;
  /** How long a stand-in LLM takes for an answer. Default: no time. */
  readonly latency?: Latency;
}

/** Who types. */
export const USER_NAME = 'Ada';

/** Few characters, so that one need not type two thousand to see an answer split; a real model says more. */
const MESSAGE_LENGTH = { standIn: 160, provider: 600 };

/** How long a provider is waited for before the stage counts as set, in milliseconds: the chat tells of it later. */
const PROVIDER_PATIENCE = 3_000;

/** Waits that suit a Discord in the same process, where the real one's would take seconds; in milliseconds. */
const BRISK = {
  backOff: { base: 20, cap: 200 },
  identifyInterval: 0,
  sessionInterval: 100,
  editInterval: 250,
} as const;

/**
 * Sets up a stand-in Discord with a guild, an agents table in a directory of its own and the real host on both;
 * resolves once every bot is ready. Of a bot that speaks with a real provider nothing is promised: a key that does not
 * work parks it. What was begun is taken down again when it fails.
 *
 * @throws ConfigError when the provider's address is wrong
 */
export async function openStage({ provider: found, latency = {} }: StageOptions = {}): Promise<Stage> {
  const releases = createReleases();
  try {
    const directory = await mkdtemp(path.join(tmpdir(), 'troupe-demo-'));
    const removeDirectory = (): void => {
      rmSync(directory, { recursive: true, force: true });
    };
    // Also when the process ends in a way that nobody foresaw.
    process.once('exit', removeDirectory);
    releases.add(() => {
      process.off('exit', removeDirectory);
      removeDirectory();
    });

    const discord = await startStandInDiscord({ identifyWindow: 0 });
    releases.add(() => discord.stop());
    const house = buildHouse(discord);
    const user = discord.addUser({ username: USER_NAME.toLowerCase(), displayName: USER_NAME });
    const bots = new Map<RoleName, Bot>();
    for (const { name } of CAST) bots.set(name, discord.addBot({ username: name, guilds: [house.guild] }));

    const standIn = found === undefined ? await startStandInProvider(latency) : undefined;
    releases.add(() => standIn?.llm.stop());
    const { provider, model, env: keys } = found ?? standIn ?? {};
    const messageLength = MESSAGE_LENGTH[found === undefined ? 'standIn' : 'provider'];

    const env = {
      DATABASE_URL: `file:${path.join(directory, 'troupe.db')}`,
      SECRET_KEY_FILE: path.join(directory, 'secret.key'),
      DISCORD_API_URL: discord.apiUrl,
      DISCORD_NEW_AGENT_POLL_INTERVAL: '0.1',
      DISCORD_MAX_MESSAGE_LENGTH: String(messageLength),
      SHUTDOWN_TIMEOUT: '2',
      HTTP_PORT: '0',
    };
    const table = openTable(env);
    releases.add(() => table.close());
    await table.apply(
      CAST.map(({ name, type, config }) => {
        const settings = type === 'llm' ? { ...config, provider, model } : config;
        const definition = agentDefinitionSchema.parse({ name, type, config: settings });
        return { kind: 'create', definition, token: bots.get(name)?.token };
      }),
    );

    const log = watchedLogger();
    const host = await startHost({
      config: loadConfig({ ...env, ...keys }),
      logger: log,
      redactor: createRedactor(),
      ...BRISK,
    });
    releases.add(() => host.stop());
    const desk = new AgentDesk(table, host.pool, log);
    await Promise.all(
      CAST.map(({ name }) =>
        found !== undefined && isLlm(name)
          ? desk.untilSettled(name, PROVIDER_PATIENCE)
          : desk.untilState(name, 'ready'),
      ),
    );
    return {
      discord,
      house,
      user,
      bots,
      host,
      log,
      desk,
      speaker: found === undefined ? 'a stand-in LLM' : `${found.provider} ${found.model}`,
      llm: standIn?.llm,
      messageLength,
      close: () => releases.run(),
    };
  } catch (error) {
    await releases.run().catch(() => undefined);
    throw error;
  }
}

/** One of the cast as Discord knows it. */
export function botOf(stage: Pick<Stage, 'bots'>, name: RoleName): Bot {
  const bot = stage.bots.get(name);
  if (bot === undefined) throw new Error(`${name} is not on stage`);
  return bot;
}
