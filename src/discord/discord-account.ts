import { API } from '@discordjs/core';
import { type APIRequest, type REST, RESTEvents } from '@discordjs/rest';
import { ApplicationFlags } from 'discord-api-types/v10';
import type { AgentDefinition } from '../agents/agent-definition.ts';
import type { Account, BotView, Connection, ConnectOptions, Inspection } from '../bots/account.ts';
import type { Command } from '../commands/command.ts';
import type { Recipient } from '../messages/recipient.ts';
import type { IncomingMessage } from '../messages/incoming-message.ts';
import type { Logger } from '../observability/logger.ts';
import { CommandDesk } from './command-desk.ts';
import { DiscordConnection } from './discord-connection.ts';
import { DiscordOutbox } from './discord-outbox.ts';
import { DiscordReader } from './discord-reader.ts';
import { GuildIndex } from './guild-index.ts';
import { registerCommands } from './register-commands.ts';
import { botFailureOf, unauthorized, withoutRequest } from './rest-failure.ts';

/** Takes a bot's message in; false when it has to be delivered again. */
export type ReceiveMessage = (recipient: Recipient, message: IncomingMessage) => Promise<boolean>;

/** What an account works with. */
export interface AccountTools {
  readonly rest: REST;
  readonly receive: ReceiveMessage;
  /** The slash commands of every bot. */
  readonly commands: readonly Command[];
  /** How long a file of a message may take, in milliseconds. */
  readonly downloadTimeout: number;
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
  #registering: 'not yet' | 'under way' | 'done' = 'not yet';

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
    const { applicationId, userId } = options.identity;
    const index = new GuildIndex(userId);
    const reader = new DiscordReader({ ...this.#tools, api: this.#api, index, botUserId: userId });
    const desk = new CommandDesk({
      ...this.#tools,
      bot: this.#bot,
      botUserId: userId,
      api: this.#api,
      logger: this.#logger,
    });
    const connection = new DiscordConnection(options, {
      ...this.#tools,
      token: this.#token,
      api: this.#api,
      index,
      logger: this.#logger,
      answersEverything: () => this.#bot.definition.respondWithoutMention,
      rolesThatCount: (author) => rolesThatCount(this.#bot.definition, author),
      receive: (message) => this.#receive(message, userId, reader),
      interact: (interaction) => void desk.take(interaction),
    });
    const onResponse = ({ data }: APIRequest, { status }: { status: number }): void => {
      // What comes without the token, as answers to commands do, says nothing of it.
      if (status === 401 && data.auth !== false) connection.end(unauthorized());
    };
    this.#tools.rest.on(RESTEvents.Response, onResponse);
    this.#tools.connections.add(connection);
    void connection.over.then(() => {
      this.#tools.rest.off(RESTEvents.Response, onResponse);
      this.#tools.connections.delete(connection);
    });
    await connection.open(signal);
    void this.#registerCommands(applicationId);
    return connection;
  }

  close(): void {
    // What is in flight may end: answers that were begun are still delivered.
    this.#tools.rest.clearHashSweeper();
    this.#tools.rest.clearHandlerSweeper();
  }

  /** Once in the account's life, beside everything else; what fails is tried again at the next connection. */
  async #registerCommands(applicationId: string): Promise<void> {
    const { commands } = this.#tools;
    if (this.#registering !== 'not yet' || commands.length === 0) return;
    this.#registering = 'under way';
    try {
      const definitions = commands.map(({ definition }) => definition);
      const sent = await registerCommands(this.#api, applicationId, definitions);
      if (sent.length > 0) this.#logger.info('registered slash commands', { commands: sent });
      this.#registering = 'done';
    } catch (error) {
      this.#registering = 'not yet';
      this.#logger.warn('could not register the slash commands; the next connection tries again', {
        error: withoutRequest(error),
      });
    }
  }

  #receive(message: IncomingMessage, botUserId: string, reader: DiscordReader): Promise<boolean> {
    const bot = this.#bot;
    return this.#tools.receive(
      {
        agentId: bot.agentId,
        // Read when they are needed: a message may wait while the settings change.
        get definition() {
          return bot.definition;
        },
        get agent() {
          return bot.agent;
        },
        botUserId,
        outbox: this.#outbox,
        reader,
      },
      message,
    );
  }
}

/** The roles that decide whether a user is answered in a direct message; none where that is decided without. */
function rolesThatCount(definition: AgentDefinition, userId: string): readonly string[] {
  const { allowedRoles, allowedUsers, blockedUsers } = definition;
  return allowedUsers.includes(userId) || blockedUsers.includes(userId) ? [] : allowedRoles;
}
