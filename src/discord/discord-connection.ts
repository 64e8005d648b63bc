import type { API } from '@discordjs/core';
import {
  type APIInteraction,
  GatewayDispatchEvents,
  type GatewayDispatchPayload,
  GatewayIntentBits,
} from 'discord-api-types/v10';
import type { Connection, ConnectOptions } from '../bots/account.ts';
import { BotFailure } from '../bots/bot-failure.ts';
import type { GatewaySession } from '../bots/gateway-session.ts';
import type { IncomingMessage } from '../messages/incoming-message.ts';
import type { Logger } from '../observability/logger.ts';
import { createOrderedTasks } from '../util/ordered-tasks.ts';
import { createSequenceTracker, type SequenceTracker } from '../util/sequence-tracker.ts';
import { CLOSE_NORMAL, CLOSE_RESUMABLE, failureOfClose } from './close-codes.ts';
import { GatewaySocket, type SocketEnd } from './gateway-socket.ts';
import { GuildFacts } from './guild-facts.ts';
import type { GuildIndex } from './guild-index.ts';
import { MemberRoles } from './member-roles.ts';
import { mayConcern, type RawMessage, readMessage, unknownsOf } from './read-message.ts';
import { withoutRequest } from './rest-failure.ts';

/** What every bot asks for; MESSAGE_CONTENT comes on top where the application has it. */
const INTENTS = GatewayIntentBits.Guilds | GatewayIntentBits.GuildMessages | GatewayIntentBits.DirectMessages;

/** What a connection works with. */
export interface ConnectionTools {
  readonly token: string;
  readonly api: API;
  /** Filled with what the connection tells. */
  readonly index: GuildIndex;
  readonly logger: Logger;
  readonly now: () => number;
  /** Whether messages that do not address the bot matter, under the settings in force now. */
  readonly answersEverything: () => boolean;
  /** The roles that count in a direct message of this user, under the settings in force now. */
  readonly rolesThatCount: (userId: string) => readonly string[];
  /** Takes a message in; false when it has to be delivered again. */
  readonly receive: (message: IncomingMessage) => Promise<boolean>;
  /** Takes in what a user did with a command, button or the like. Never throws. */
  readonly interact: (interaction: APIInteraction) => void;
}

/** One connection of one bot, from the first byte to its end. */
export class DiscordConnection implements Connection {
  readonly messageContent: boolean;
  readonly ended: Promise<BotFailure>;
  /** Resolves when the connection is over, for whatever reason. */
  readonly over: Promise<undefined>;
  readonly #options: ConnectOptions;
  readonly #tools: ConnectionTools;
  readonly #socket: GatewaySocket;
  readonly #facts: GuildFacts;
  readonly #memberRoles: MemberRoles;
  /** A message that waits for a look-up keeps its author's next ones waiting, and nobody else's. */
  readonly #authors = createOrderedTasks();
  #tracker: SequenceTracker;
  readonly #fail: (failure: BotFailure) => void;
  readonly #finish: (value: undefined) => void;
  readonly #opened = Promise.withResolvers<undefined>();

  constructor(options: ConnectOptions, tools: ConnectionTools) {
    const { session, inspection } = options;
    this.#options = options;
    this.#tools = tools;
    this.messageContent = session?.messageContent ?? inspection?.messageContent ?? false;
    this.#facts = new GuildFacts(tools.api, tools.index);
    this.#memberRoles = new MemberRoles({ ...tools, facts: this.#facts });
    this.#tracker = createSequenceTracker(session?.sequence ?? 0);
    ({ promise: this.ended, resolve: this.#fail } = Promise.withResolvers<BotFailure>());
    ({ promise: this.over, resolve: this.#finish } = Promise.withResolvers<undefined>());
    this.#socket = new GatewaySocket({
      token: tools.token,
      intents: INTENTS | (this.messageContent ? GatewayIntentBits.MessageContent : 0),
      url: session?.resumeUrl ?? inspection?.gatewayUrl ?? '',
      beforeIdentify: options.beforeIdentify,
      session: session && { ...session, resumeURL: session.resumeUrl },
      onReady: () => {
        this.#tracker = createSequenceTracker(0);
        this.#opened.resolve(undefined);
      },
      onResumed: () => {
        this.#opened.resolve(undefined);
      },
      onDispatch: (payload) => {
        this.#onDispatch(payload);
      },
      onEnd: (end) => {
        this.end(this.#failureOf(end));
      },
    });
  }

  /** Connects; resolves once the bot is ready or its session resumed. */
  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const gaveUp = Promise.withResolvers<never>();
    const giveUp = (): void => {
      gaveUp.reject(signal.reason as Error);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      this.#socket.open();
      const failure = await Promise.race([this.#opened.promise, this.ended, gaveUp.promise]);
      if (failure !== undefined) throw failure;
    } catch (error) {
      await this.close({ resumable: true });
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  session(): GatewaySession | undefined {
    const session = this.#socket.session;
    if (session === undefined) return undefined;
    return {
      applicationId: this.#options.identity.applicationId,
      sessionId: session.sessionId,
      resumeUrl: session.resumeURL,
      messageContent: this.messageContent,
      shardId: session.shardId,
      shardCount: session.shardCount,
      sequence: this.#tracker.completed,
    };
  }

  /** Looks whether the gateway still answers; ends the connection when it does not. */
  probe(): void {
    this.#socket.probe();
  }

  /** Ends the connection for this reason. */
  end(failure: BotFailure): void {
    this.#fail(failure);
    this.#finish(undefined);
    void this.#socket.close(failure.sessionLost ? CLOSE_NORMAL : CLOSE_RESUMABLE);
  }

  async close({ resumable }: { resumable: boolean }): Promise<void> {
    this.#finish(undefined);
    await this.#socket.close(resumable ? CLOSE_RESUMABLE : CLOSE_NORMAL);
  }

  #failureOf({ code, greeted, invalidSession, silent, cause }: SocketEnd): BotFailure {
    const { applicationId } = this.#options.identity;
    if (invalidSession) {
      return new BotFailure('Discord no longer knows the session', { then: 'retry', sessionLost: true });
    }
    if (silent) return new BotFailure('the gateway fell silent', { then: 'retry' });
    if (!greeted || cause !== undefined || code === undefined) {
      return new BotFailure('the connection to the gateway failed', {
        then: 'retry',
        unreachable: !greeted,
        cause,
      });
    }
    return failureOfClose(code, applicationId);
  }

  /** Whatever is wrong with one event stays with it. */
  #onDispatch(payload: GatewayDispatchPayload): void {
    const tracker = this.#tracker;
    tracker.begin(payload.s);
    if (payload.t === GatewayDispatchEvents.MessageCreate) {
      void this.#takeMessage(payload.d, payload.s, tracker);
      return;
    }
    tracker.done(payload.s);
    if (payload.t === GatewayDispatchEvents.InteractionCreate) {
      this.#tools.interact(payload.d);
      return;
    }
    try {
      this.#tools.index.update(payload);
    } catch (error) {
      this.#tools.logger.error('could not read an event', { error, event: payload.t });
    }
  }

  /** Takes a message in and marks its place in the sequence as done, unless it has to come again. Never rejects. */
  async #takeMessage(raw: RawMessage, sequence: number, tracker: SequenceTracker): Promise<void> {
    const { logger } = this.#tools;
    let reading: Promise<IncomingMessage> | IncomingMessage;
    try {
      reading = this.#read(raw);
    } catch (error) {
      // Coming again would not make it readable.
      logger.error('could not read a message', { error, message: raw.id });
      tracker.done(sequence);
      return;
    }
    try {
      const message = reading instanceof Promise ? await reading : reading;
      if (await this.#tools.receive(message)) tracker.done(sequence);
    } catch (error) {
      logger.error('could not take a message in', { error, message: raw.id });
      // Its place stays open: the session is resumed before it, and Discord sends it again.
      this.end(new BotFailure('a message could not be recorded', { then: 'retry', cause: error }));
    }
  }

  /** Reads a message, at once where everything is known; a look-up keeps its author's next ones waiting. */
  #read(raw: RawMessage): Promise<IncomingMessage> | IncomingMessage {
    const { index, answersEverything } = this.#tools;
    const { userId } = this.#options.identity;
    const { guild_id: guildId, author } = raw;
    const concerns = mayConcern(raw, userId, answersEverything());
    const unknowns = concerns ? unknownsOf(raw, index) : undefined;
    const roles = guildId === undefined && author.bot !== true ? this.#tools.rolesThatCount(author.id) : [];
    const read = (roleIds?: readonly string[]): IncomingMessage =>
      readMessage(raw, index, userId, this.messageContent, roleIds);
    if (unknowns === undefined && roles.length === 0 && this.#authors.idle(author.id)) return read();
    return this.#authors.run(author.id, async () => {
      if (unknowns !== undefined && guildId !== undefined) await this.#facts.learn(guildId, unknowns);
      return read(roles.length === 0 ? [] : await this.#rolesOf(author.id, roles));
    });
  }

  /** Without an answer of Discord a user has no roles. */
  async #rolesOf(userId: string, wanted: readonly string[]): Promise<readonly string[]> {
    try {
      return await this.#memberRoles.of(userId, wanted);
    } catch (error) {
      this.#tools.logger.warn('could not look up the roles of a user', {
        user: userId,
        error: withoutRequest(error),
      });
      return [];
    }
  }
}
