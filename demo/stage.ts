import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { agentDefinitionSchema } from '../src/agents/agent-definition.ts';
import { loadConfig } from '../src/config/config.ts';
import { type Host, startHost } from '../src/host.ts';
import { createRedactor } from '../src/observability/redactor.ts';
import type { Bot } from '../test/support/discord/bot.ts';
import { startStandInDiscord, type StandInDiscord } from '../test/support/discord/stand-in-discord.ts';
import type { User } from '../test/support/discord/user.ts';
import { AgentDesk } from './agent-desk.ts';
import { CAST, type RoleName } from './cast.ts';
import { buildHouse, type House } from './house.ts';
import { createReleases } from './releases.ts';
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
  /**
   * Takes everything down: host, database, Discord, directory.
   *
   * @throws ViolationError when the real Discord would have complained of something
   */
  close(): Promise<void>;
}

/** Characters in one message: few, so that one need not type two thousand to see an answer split. */
export const MESSAGE_LENGTH = 160;

/** Waits that suit a Discord in the same process, where the real one's would take seconds; in milliseconds. */
const BRISK = { backOff: { base: 20, cap: 200 }, identifyInterval: 0, sessionInterval: 100 } as const;

/**
 * Sets up a stand-in Discord with a guild, an agents table in a directory of its own and the real host on both;
 * resolves once every bot is ready. What was begun is taken down again when it fails.
 *
 * @param userName - what the one who types is called
 */
export async function openStage(userName: string): Promise<Stage> {
  const releases = createReleases();
  try {
    const directory = await mkdtemp(path.join(tmpdir(), 'troupe-demo-'));
    const removeDirectory = (): void => {
      rmSync(directory, { recursive: true, force: true });
    };
    // Also when the process ends in a way that nobody foresaw.
    process.once('exit', removeDirectory);
    releases.add(removeDirectory);

    const discord = await startStandInDiscord({ identifyWindow: 0 });
    releases.add(() => discord.stop());
    const house = buildHouse(discord);
    const user = discord.addUser({ username: userName.toLowerCase(), displayName: userName });
    const bots = new Map<RoleName, Bot>();
    for (const { name } of CAST) bots.set(name, discord.addBot({ username: name, guilds: [house.guild] }));

    const env = {
      DATABASE_URL: `file:${path.join(directory, 'troupe.db')}`,
      SECRET_KEY_FILE: path.join(directory, 'secret.key'),
      DISCORD_API_URL: discord.apiUrl,
      DISCORD_NEW_AGENT_POLL_INTERVAL: '0.1',
      DISCORD_MAX_MESSAGE_LENGTH: String(MESSAGE_LENGTH),
      SHUTDOWN_TIMEOUT: '2',
      HTTP_PORT: '0',
    };
    const table = openTable(env);
    releases.add(() => table.close());
    await table.apply(
      CAST.map(({ name, config: settings }) => ({
        kind: 'create',
        definition: agentDefinitionSchema.parse({ name, type: 'echo', config: settings }),
        token: bots.get(name)?.token,
      })),
    );

    const log = watchedLogger();
    const host = await startHost({
      config: loadConfig(env),
      logger: log,
      redactor: createRedactor(),
      ...BRISK,
    });
    releases.add(() => host.stop());
    const desk = new AgentDesk(table, host.pool, log);
    await Promise.all(CAST.map(({ name }) => desk.untilState(name, 'ready')));
    return { discord, house, user, bots, host, log, desk, close: () => releases.run() };
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
