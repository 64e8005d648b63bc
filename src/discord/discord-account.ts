import { API } from '@discordjs/core';
import { type APIRequest, type REST, RESTEvents } from '@discordjs/rest';
import { ApplicationFlags } from 'discord-api-types/v10';
import type { AgentDefinition } from '../agents/agent-definition.ts';
import type { Account, BotView, Connection, ConnectOptions, Inspection } from '../bots/account.ts';
import type { Command } from '../commands/command.ts';
import type { LastSeenStore } from '../bots/last-seen.ts';
import type { Recipient } from '../messages/recipient.ts';
import type { IncomingMessage } from '../messages/incoming-message.ts';
import type { Logger } from '../observability/logger.ts';
import { CommandDesk } from './command-desk.ts';
import { DiscordClock } from './discord-clock.ts';
import { type ConnectionTools, DiscordConnection } from './discord-connection.ts';
import { DiscordOutbox } from './discord-outbox.ts';
import { DiscordReader } from './discord-reader.ts';
import { GuildIndex } from './guild-index.ts';
import type { LastSeenSaver, MarkSource } from './last-seen-saver.ts';
import { PresenceKeeper } from './presence-keeper.ts';
import { registerCommands } from './register-commands.ts';
import { botFailureOf, unauthorized, withoutRequest } from './rest-failure.ts';
import { laterSnowflake } from './snowflakes.ts';

/** Takes a bot's message in; false when it has to be delivered again. */
export type ReceiveMessage = (recipient: Recipient, message: IncomingMessage) => Promise<boolean>;

/** Finishes what earlier connections and processes left open of a bot's exchanges. */
export type RecoverExchanges = (recipient: Recipient) => Promise<void>;

/** How a bot comes to know what it missed. */
export interface LastSeenTools {
  readonly store: LastSeenStore;
  readonly saver: LastSeenSaver;
  /** What it looks for; see {@link CatchUpOptions}. Without a window or a limit: nothing. */
  readonly window: number;
  readonly limit: number;
  readonly guildPatience: number;
}

/** What an account works with. */
export interface AccountTools {
  readonly rest: REST;
  readonly receive: ReceiveMessage;
  readonly recover: RecoverExchanges | undefined;
  readonly lastSeen: LastSeenTools | undefined;
  /** How long new messages wait for older ones at most, in milliseconds. */
  readonly gatePatience: number;
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
export class DiscordAccount implements Account, MarkSource {
  readonly #bot: BotView;
  readonly #token: string;
  readonly #tools: AccountTools;
  readonly #api: API;
  readonly #outbox: DiscordOutbox;
  readonly #logger: Logger;
  readonly #clock: DiscordClock;
  readonly #presence: PresenceKeeper;
  #connection: DiscordConnection | undefined;
  #registering: 'not yet' | 'under way' | 'done' = 'not yet';

  constructor(bot: BotView, token: string, tools: AccountTools) {
    this.#bot = bot;
    this.#token = token;
    this.#tools = tools;
    this.#api = new API(tools.rest);
    this.#outbox = new DiscordOutbox(this.#api, bot.lease);
    this.#logger = tools.logger.child({ agent: bot.definition.name });
    this.#clock = new DiscordClock(tools.now);
    this.#presence = new PresenceKeeper({ presence: () => bot.presence, now: tools.now });
    tools.rest.on(RESTEvents.Response, (_, { headers }) => {
      this.#clock.learn(headers.get('date'));
    });
    tools.lastSeen?.saver.add(this);
  }

  get agentId(): string {
    return this.#bot.agentId;
  }

  get fence(): bigint | undefined {
    return this.#bot.lease.fence;
  }

  /** Up to this message the bot has seen everything, by what its present or last connection knows. */
  get mark(): string | undefined {
    return this.#connection?.mark;
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
    const mark = await this.#loadMark(options);
    const index = new GuildIndex(userId);
    const reader = new DiscordReader({ ...this.#tools, api: this.#api, index, botUserId: userId });
    const desk = new CommandDesk({
      ...this.#tools,
      bot: this.#bot,
      botUserId: userId,
      api: this.#api,
      logger: this.#logger,
    });
    const { recover, lastSeen } = this.#tools;
    const recipient = this.#recipient(userId, reader);
    const connection = new DiscordConnection(options, {
      ...this.#tools,
      mark,
      clock: this.#clock,
      presence: this.#presence,
      recover: recover && (() => recover(recipient)),
      catchUp: this.#catchUp(options, mark, lastSeen),
      token: this.#token,
      api: this.#api,
      index,
      logger: this.#logger,
      answersEverything: () => this.#bot.definition.respondWithoutMention,
      rolesThatCount: (author) => rolesThatCount(this.#bot.definition, author),
      receive: (message) => this.#tools.receive(recipient, message),
      interact: (interaction) => void desk.take(interaction),
    });
    const onResponse = ({ data }: APIRequest, { status }: { status: number }): void => {
      // What comes without the token, as answers to commands do, says nothing of it.
      if (status === 401 && data.auth !== false) connection.end(unauthorized());
    };
    this.#tools.rest.on(RESTEvents.Response, onResponse);
    this.#tools.connections.add(connection);
    this.#connection = connection;
    void connection.over.then(() => {
      this.#tools.rest.off(RESTEvents.Response, onResponse);
      this.#tools.connections.delete(connection);
    });
    await connection.open(signal);
    // A process that dies young must not leave a bot without any mark: nothing would be looked for.
    if (mark === undefined) void lastSeen?.saver.saveNow();
    void this.#registerCommands(applicationId);
    return connection;
  }

  close(): void {
    this.#tools.lastSeen?.saver.remove(this);
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

  /** Up to where earlier connections and processes have seen everything; only a new session has to know. */
  async #loadMark({ session }: ConnectOptions): Promise<string | undefined> {
    const { mark } = this;
    if (session !== undefined) return mark;
    const stored = await this.#tools.lastSeen?.store.load(this.#bot.agentId);
    return mark === undefined || stored === undefined ? (mark ?? stored) : laterSnowflake(mark, stored);
  }

  /** What is looked for after this mark, by a connection with a new session. */
  #catchUp(
    { session, identity }: ConnectOptions,
    mark: string | undefined,
    lastSeen: LastSeenTools | undefined,
  ): ConnectionTools['catchUp'] {
    if (session !== undefined || mark === undefined || lastSeen === undefined) return undefined;
    if (lastSeen.window === 0 || lastSeen.limit === 0) return undefined;
    return { ...lastSeen, agentId: this.#bot.agentId, botUserId: identity.userId, mark };
  }

  #recipient(botUserId: string, reader: DiscordReader): Recipient {
    const bot = this.#bot;
    return {
      agentId: bot.agentId,
      // Read when they are needed: a message may wait while the settings change.
      get definition() {
        return bot.definition;
      },
      get agent() {
        return bot.agent;
      },
      get pause() {
        return bot.pause;
      },
      lease: bot.lease,
      botUserId,
      outbox: this.#outbox,
      reader,
    };
  }
}

/** The roles that decide whether a user is answered; none where that is decided without. */
function rolesThatCount(definition: AgentDefinition, userId: string): readonly string[] {
  const { allowedRoles, allowedUsers, blockedUsers } = definition;
  return allowedUsers.includes(userId) || blockedUsers.includes(userId) ? [] : allowedRoles;
}
