import { DefaultRestOptions, REST } from '@discordjs/rest';
import type { OpenAccount } from '../bots/account.ts';
import type { Command } from '../commands/command.ts';
import type { Logger } from '../observability/logger.ts';
import { DiscordAccount, type ReceiveMessage } from './discord-account.ts';
import type { DiscordConnection } from './discord-connection.ts';
import { InvalidRequestGuard } from './invalid-requests.ts';

/** Settings of the way to Discord, with what {@link DISCORD_DEFAULTS} says where they are left out. */
export interface DiscordOptions {
  /** `https://discord.com/api`, or any server that speaks Discord's API. */
  readonly apiUrl: string;
  readonly receive: ReceiveMessage;
  /** The slash commands that every bot offers. */
  readonly commands?: readonly Command[];
  readonly logger: Logger;
  readonly now: () => number;
  /** How often a connection is asked for a sign of life, in milliseconds: a dead one is noticed after two. */
  readonly probeInterval?: number;
  /** How long Discord may take to answer a request or to send a file, in milliseconds. */
  readonly requestTimeout?: number;
}

/** What the way to Discord does unless it is told otherwise. */
export const DISCORD_DEFAULTS = {
  commands: [],
  probeInterval: 20_000,
  requestTimeout: 15_000,
} as const satisfies Partial<DiscordOptions>;

/** The way to Discord that all bots of this process share: nothing but the address, a counter and a clock. */
export interface Discord {
  readonly openAccount: OpenAccount;
  /** Stops what runs by the clock. */
  close(): void;
}

/** Opens the way to Discord. Sends nothing yet. */
export function openDiscord(options: DiscordOptions): Discord {
  const settings: Required<DiscordOptions> = { ...DISCORD_DEFAULTS, ...options };
  const { apiUrl, receive, commands, logger, now, probeInterval, requestTimeout } = settings;
  const guard = new InvalidRequestGuard({ logger, now });
  const makeRequest = guard.wrap(DefaultRestOptions.makeRequest);
  const connections = new Set<DiscordConnection>();
  const probing = setInterval(() => {
    for (const connection of connections) connection.probe();
  }, probeInterval);
  probing.unref();

  return {
    openAccount(bot, token) {
      // Retries are ours (with back-off); rate limits are the library's.
      const rest = new REST({ api: apiUrl, retries: 0, timeout: requestTimeout, makeRequest }).setToken(
        token,
      );
      const downloadTimeout = requestTimeout;
      return new DiscordAccount(bot, token, {
        rest,
        receive,
        commands,
        downloadTimeout,
        logger,
        now,
        connections,
      });
    },
    close() {
      clearInterval(probing);
    },
  };
}
