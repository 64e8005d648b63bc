import { API } from '@discordjs/core';
import { type REST, RESTEvents } from '@discordjs/rest';
import { ApplicationFlags } from 'discord-api-types/v10';
import type { Account, BotView, Connection, ConnectOptions, Inspection } from '../bots/account.ts';
import type { Recipient } from '../messages/recipient.ts';
import type { IncomingMessage } from '../messages/incoming-message.ts';
import type { Logger } from '../observability/logger.ts';
import { DiscordConnection } from './discord-connection.ts';
import { DiscordOutbox } from './discord-outbox.ts';
import { botFailureOf, unauthorized } from './rest-failure.ts';

/** Takes a bot's message in; false when it has to be delivered again. */
export type ReceiveMessage = (recipient: Recipient, message: IncomingMessage) => Promise<boolean>;

/** What an account works with. */
export interface AccountTools {
  readonly rest: REST;
  readonly receive: ReceiveMessage;
  readonly logger: Logger;
  readonly now: () => number;
  /** Connections that are to be probed now and then; an account adds and removes its own. */
  readonly connections: Set<DiscordConnection>;
}

/** The switches of an application that grant the content of all messages. */
const MESSAGE_CONTENT =
  ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited;

/** One application on Discord, by its token. */
export class DiscordAccount implements Account {
  readonly #bot: BotView;
  readonly #token: string;
  readonly #tools: AccountTools;
  readonly #api: API;
  readonly #outbox: DiscordOutbox;
  readonly #logger: Logger;

  constructor(bot: BotView, token: string, tools: AccountTools) {
    this.#bot = bot;
    this.#token = token;
    this.#tools = tools;
    this.#api = new API(tools.rest);
    this.#outbox = new DiscordOutbox(this.#api);
    this.#logger = tools.logger.child({ agent: bot.definition.name });
  }

  async inspect(signal: AbortSignal): Promise<Inspection> {
    try {
      // One after the other: a bad token costs one invalid request, not two.
      const application = await this.#api.applications.getCurrent({ signal });
      const user = application.bot ?? (await this.#api.users.getCurrent({ signal }));
      const gateway = await this.#api.gateway.getBot({ signal });
      const { remaining, reset_after: resetAfter } = gateway.session_start_limit;
      return {
        identity: { applicationId: application.id, userId: user.id, username: user.username },
        messageContent: (application.flags & MESSAGE_CONTENT) !== 0,
        gatewayUrl: gateway.url,
        identifies: { remaining, resetAt: new Date(this.#tools.now() + resetAfter) },
      };
    } catch (error) {
      signal.throwIfAborted();
      throw botFailureOf(error);
    }
  }

  async connect(options: ConnectOptions, signal: AbortSignal): Promise<Connection> {
    const connection = new DiscordConnection(options, {
      ...this.#tools,
      token: this.#token,
      api: this.#api,
      logger: this.#logger,
      answersEverything: () => this.#bot.definition.respondWithoutMention,
      receive: (message) => this.#receive(message, options.identity.userId),
    });
    const onResponse = (_: unknown, { status }: { status: number }): void => {
      if (status === 401) connection.end(unauthorized());
    };
    this.#tools.rest.on(RESTEvents.Response, onResponse);
    this.#tools.connections.add(connection);
    void connection.over.then(() => {
      this.#tools.rest.off(RESTEvents.Response, onResponse);
      this.#tools.connections.delete(connection);
    });
    await connection.open(signal);
    return connection;
  }

  close(): void {
    // What is in flight may end: answers that were begun are still delivered.
    this.#tools.rest.clearHashSweeper();
    this.#tools.rest.clearHandlerSweeper();
  }

  #receive(message: IncomingMessage, botUserId: string): Promise<boolean> {
    const { agentId, definition, agent } = this.#bot;
    return this.#tools.receive({ agentId, definition, agent, botUserId, outbox: this.#outbox }, message);
  }
}
