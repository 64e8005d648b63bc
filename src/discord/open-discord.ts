import { DefaultRestOptions, REST } from '@discordjs/rest';
import type { OpenAccount } from '../bots/account.ts';
import type { LastSeenStore } from '../bots/last-seen.ts';
import type { Command } from '../commands/command.ts';
import type { Logger } from '../observability/logger.ts';
import type { RequestObserver } from '../observability/observers/request-observer.ts';
import type { PartWatch } from '../util/part-watch.ts';
import { DiscordAccount, type ReceiveMessage, type RecoverExchanges } from './discord-account.ts';
import type { DiscordConnection } from './discord-connection.ts';
import { InvalidRequestGuard } from './invalid-requests.ts';
import { LastSeenSaver } from './last-seen-saver.ts';
import { observeRequests } from './observe-requests.ts';
import { heedLeases } from './under-lease.ts';

/** Settings of the way to Discord, with what {@link DISCORD_DEFAULTS} says where they are left out. */
export interface DiscordOptions {
  /** `https://discord.com/api`, or any server that speaks Discord's API. */
  readonly apiUrl: string;
  readonly receive: ReceiveMessage;
  /** Awaited for every connection of a bot before its first message is taken in. Default: nothing is recovered. */
  readonly recover?: RecoverExchanges;
  /** Where it is kept up to which message each bot has seen everything. Default: nowhere, and nothing is looked for. */
  readonly lastSeen?: LastSeenStore;
  /** How old a missed message may be that a bot looks for after it was away, in milliseconds; 0: it looks for none. */
  readonly recoveryWindow?: number;
  /** How many missed messages a bot takes in at most, the newest; 0: none. */
  readonly missedMessagesLimit?: number;
  /** The slash commands that every bot offers. */
  readonly commands?: readonly Command[];
  readonly logger: Logger;
  readonly now: () => number;
  /** How often a connection is asked for a sign of life, in milliseconds: a dead one is noticed after two. */
  readonly probeInterval?: number;
  /** How long Discord may take to answer a request or to send a file, in milliseconds. */
  readonly requestTimeout?: number;
  /** How often it is written down up to where bots have seen everything, in milliseconds. */
  readonly lastSeenInterval?: number;
  /** Hears how that fares. Default: defects are logged. */
  readonly lastSeenWatch?: PartWatch;
  /** How long none of a bot's guilds may come before it looks for missed messages in those that did, in milliseconds. */
  readonly guildPatience?: number;
  /** How long new messages wait until older ones are found and recovered, in milliseconds. */
  readonly gatePatience?: number;
  /** Told of each request. */
  readonly onRequest?: RequestObserver;
}

/** What the way to Discord does unless it is told otherwise. */
export const DISCORD_DEFAULTS = {
  commands: [],
  probeInterval: 20_000,
  requestTimeout: 15_000,
  recoveryWindow: 3_600_000,
  missedMessagesLimit: 200,
  lastSeenInterval: 1_000,
  guildPatience: 5_000,
  gatePatience: 30_000,
} as const satisfies Partial<DiscordOptions>;

/** The way to Discord that all bots of this process share: nothing but the address, a counter and a clock. */
export interface Discord {
  readonly openAccount: OpenAccount;
  /** Invalid requests in the present ten minutes, and how many make all requests pause. */
  readonly invalidRequests: { readonly count: number; readonly most: number };
  /** Stops what runs by the clock; resolves once all is written down that can be. */
  close(): Promise<void>;
}

/** Opens the way to Discord. Sends nothing yet. */
export function openDiscord(options: DiscordOptions): Discord {
  const settings = { ...DISCORD_DEFAULTS, ...options };
  const { apiUrl, logger, now, probeInterval, requestTimeout, lastSeen: store } = settings;
  const guard = new InvalidRequestGuard({ logger, now });
  const { onRequest } = settings;
  const bare = DefaultRestOptions.makeRequest;
  const observed = onRequest === undefined ? bare : observeRequests(bare, onRequest);
  const makeRequest = heedLeases(guard.wrap(observed));
  const connections = new Set<DiscordConnection>();
  const probing = setInterval(() => {
    for (const connection of connections) connection.probe();
  }, probeInterval);
  probing.unref();
  const lastSeen = store && {
    store,
    saver: new LastSeenSaver({
      store,
      logger,
      interval: settings.lastSeenInterval,
      watch: options.lastSeenWatch,
    }),
    window: settings.recoveryWindow,
    limit: settings.missedMessagesLimit,
    guildPatience: settings.guildPatience,
  };

  return {
    invalidRequests: guard,
    openAccount(bot, token) {
      // Retries are ours (with back-off); rate limits are the library's.
      const rest = new REST({ api: apiUrl, retries: 0, timeout: requestTimeout, makeRequest }).setToken(
        token,
      );
      return new DiscordAccount(bot, token, {
        ...settings,
        recover: settings.recover,
        lastSeen,
        rest,
        downloadTimeout: requestTimeout,
        connections,
      });
    },
    async close() {
      clearInterval(probing);
      await lastSeen?.saver.stop();
    },
  };
}
