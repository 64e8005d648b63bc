import { Client } from '@discordjs/core';
import { REST } from '@discordjs/rest';
import type { RESTOptions } from '@discordjs/rest';
import { WebSocketManager } from '@discordjs/ws';
import type { SessionInfo } from '@discordjs/ws';
import { GatewayDispatchEvents } from 'discord-api-types/v10';
import type { GatewayDispatchPayload } from 'discord-api-types/v10';
import type { Bot } from './bot.ts';
import type { StandInDiscord } from './stand-in-discord.ts';

/** A bot made of discord.js's own parts, connected to a stand-in. */
export interface ConnectedBot {
  client: Client;
  rest: REST;
  gateway: WebSocketManager;
  /** Everything that the gateway sent, in order. */
  dispatched: GatewayDispatchPayload[];
  /** What went wrong at the gateway. */
  errors: Error[];
  /** Closes with 1000, or with a code that keeps the session. */
  disconnect(code?: number): Promise<void>;
}

/**
 * Makes a bot that keeps its own session, as every bot here should. It identifies without waiting for its turn.
 *
 * @param intents the bits, added up
 */
export function makeBot(
  discord: StandInDiscord,
  bot: Bot,
  intents: number,
  restOptions: Partial<RESTOptions> = {},
): ConnectedBot {
  const rest = new REST({ version: '10', api: discord.apiUrl, ...restOptions }).setToken(bot.token);
  let session: SessionInfo | null = null;
  const options = {
    token: bot.token,
    // Bits that are added up are a plain number.
    intents,
    rest,
    retrieveSessionInfo: () => session,
    updateSessionInfo: (_shard: number, info: SessionInfo | null) => {
      session = info;
    },
    buildIdentifyThrottler: () => ({ waitForIdentify: () => Promise.resolve() }),
  };
  const gateway = new WebSocketManager(options);
  const dispatched: GatewayDispatchPayload[] = [];
  const errors: Error[] = [];
  // Before the client, so that its listeners find their event already kept.
  gateway.on('dispatch', (payload: GatewayDispatchPayload) => dispatched.push(payload));
  gateway.on('error', (error: Error) => errors.push(error));
  return {
    client: new Client({ rest, gateway }),
    rest,
    gateway,
    dispatched,
    errors,
    disconnect: async (code) => gateway.destroy(code === undefined ? {} : { code }),
  };
}

/** Makes a bot, and resolves when it is ready. */
export async function connectBot(
  discord: StandInDiscord,
  bot: Bot,
  intents: number,
  restOptions?: Partial<RESTOptions>,
): Promise<ConnectedBot> {
  const made = makeBot(discord, bot, intents, restOptions);
  const ready = nextReady(made);
  await made.gateway.connect();
  await ready;
  return made;
}

/** Resolves at the next READY: a session that was not there before. */
export async function nextReady({ client }: ConnectedBot): Promise<void> {
  await new Promise<void>((resolve) => {
    client.once(GatewayDispatchEvents.Ready, () => {
      resolve();
    });
  });
}
