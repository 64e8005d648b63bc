import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Bot } from '../../test/support/discord/bot.ts';
import type { Channel } from '../../test/support/discord/channel.ts';
import type { Guild } from '../../test/support/discord/guild.ts';
import { type StandInDiscord, startStandInDiscord } from '../../test/support/discord/stand-in-discord.ts';
import type { User } from '../../test/support/discord/user.ts';
import { startStandInLlm } from '../../test/support/llm/stand-in-llm.ts';
import { createReleases } from '../releases.ts';

/** The application's name, which is its bot's. */
export const BOT_NAME = 'Librarian';

/** Where somebody makes their first bot: an empty folder, a Discord and a provider. */
export interface FirstBotStage {
  readonly discord: StandInDiscord;
  /** The bot that the portal has made; nothing is connected to it. */
  readonly bot: Bot;
  readonly user: User;
  /** Where the bot is to be invited. */
  readonly guild: Guild;
  readonly general: Channel;
  /** An empty folder to run in: no `.env`, no settings file, no database. */
  readonly directory: string;
  /** The variables of whoever sits at the terminal. */
  readonly env: Readonly<Record<string, string>>;
  /** @throws ViolationError when the real Discord would have complained of something */
  close(): Promise<void>;
}

/**
 * Sets the stage. What was begun is taken down again when it fails.
 *
 * @param answer - what the model says to everything
 */
export async function openFirstBotStage(answer: string): Promise<FirstBotStage> {
  const releases = createReleases();
  try {
    const directory = await mkdtemp(path.join(tmpdir(), 'troupe-first-bot-'));
    releases.add(() => {
      rmSync(directory, { recursive: true, force: true });
    });
    // Ids, and the token, are made from the time: the same each time it is set.
    const discord = await startStandInDiscord({ clock: () => Date.UTC(2026, 0, 1) });
    releases.add(() => discord.stop());
    const guild = discord.addGuild({ name: 'Reading Room' });
    const llm = await startStandInLlm();
    releases.add(() => llm.stop());
    llm.reply(answer);
    return {
      discord,
      // As the portal makes one: in no server, with the privileged intents switched off.
      bot: discord.addBot({ username: BOT_NAME, messageContent: 'off' }),
      user: discord.addUser({ username: 'ada', displayName: 'Ada' }),
      guild,
      general: guild.addTextChannel('general'),
      directory,
      env: {
        // A code and a hash, which are others each time.
        LOG_LEVELS: 'http=warn,audit=warn',
        DISCORD_API_URL: discord.apiUrl,
        OPENAI_API_KEY: 'none-is-needed',
        OPENAI_BASE_URL: llm.openaiUrl,
        HTTP_PORT: '0',
      },
      close: () => releases.run(),
    };
  } catch (error) {
    await releases.run().catch(() => undefined);
    throw error;
  }
}
