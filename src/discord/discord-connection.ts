import type { API } from '@discordjs/core';
import { DiscordAPIError } from '@discordjs/rest';
import {
  ChannelType,
  type GatewayDispatchPayload,
  GatewayDispatchEvents,
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
import { GuildIndex } from './guild-index.ts';
import { mayConcern, type RawMessage, readMessage, type Unknowns, unknownsOf } from './read-message.ts';

/** What every bot asks for; MESSAGE_CONTENT comes on top where the application has it. */
const INTENTS = GatewayIntentBits.Guilds | GatewayIntentBits.GuildMessages | GatewayIntentBits.DirectMessages;

/** What a connection works with. */
export interface ConnectionTools {
  readonly token: string;
  readonly api: API;
  readonly logger: Logger;
  /** Whether messages that do not address the bot matter, under the settings in force now. */
  readonly answersEverything: () => boolean;
  /** Takes a message in; false when it has to be delivered again. */
  readonly receive: (message: IncomingMessage) => Promise<boolean>;
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
  readonly #index: GuildIndex;
  /** A message that waits for a look-up keeps its author's next ones waiting, and nobody else's. */
  readonly #authors = createOrderedTasks();
  #tracker: SequenceTracker;
  readonly #fail: (failure: BotFailure) => void;
  readonly #finish: (value: undefined) => void;
  readonly #opened = Promise.withResolvers<undefined>();

  constructor(options: ConnectOptions, tools: ConnectionTools) {
    const { identity, session, inspection } = options;
    this.#options = options;
    this.#tools = tools;
    this.messageContent = session?.messageContent ?? inspection?.messageContent ?? false;
    this.#index = new GuildIndex(identity.userId);
    this.#tracker = createSequenceTracker(session?.sequence ?? 0);
    ({ promise: this.ended, resolve: this.#fail } = Promise.withResolvers<BotFailure>());
    ({ promise: this.over, resolve: this.#finish } = Promise.withResolvers<undefined>());
    this.#socket = new GatewaySocket({
      token: tools.token,
      intents: INTENTS | (this.messageContent ? GatewayIntentBits.MessageContent : 0),
      url: session?.resumeUrl ?? inspection?.gatewayUrl ?? '',
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

  #failureOf({ code, invalidSession, silent, cause }: SocketEnd): BotFailure {
    const { applicationId } = this.#options.identity;
    if (invalidSession)
      return new BotFailure('Discord no longer knows the session', { then: 'retry', sessionLost: true });
    if (silent) return new BotFailure('the gateway fell silent', { then: 'retry' });
    if (cause !== undefined || code === undefined)
      return new BotFailure('the connection to the gateway failed', { then: 'retry', cause });
    return failureOfClose(code, applicationId);
  }

  /** Whatever goes wrong with one event stays with it. */
  #onDispatch(payload: GatewayDispatchPayload): void {
    const tracker = this.#tracker;
    tracker.begin(payload.s);
    if (payload.t !== GatewayDispatchEvents.MessageCreate) {
      tracker.done(payload.s);
      this.#index.update(payload);
      return;
    }
    this.#take(payload.d).then(
      (safe) => {
        if (safe) tracker.done(payload.s);
      },
      (error: unknown) => {
        // Not done: Discord sends it again when the session is resumed.
        this.#tools.logger.error('could not take a message in', { error, message: payload.d.id });
      },
    );
  }

  async #take(message: RawMessage): Promise<boolean> {
    const { userId } = this.#options.identity;
    const concerns = mayConcern(message, userId, this.#tools.answersEverything());
    const unknowns = concerns ? unknownsOf(message, this.#index) : undefined;
    const take = async (): Promise<boolean> => {
      if (unknowns !== undefined) await this.#lookUp(message, unknowns);
      return this.#tools.receive(readMessage(message, this.#index, userId));
    };
    if (unknowns === undefined && this.#authors.idle(message.author.id)) return take();
    return this.#authors.run(message.author.id, take);
  }

  /** Asks Discord for what a resumed session was not told. What cannot be had stays unknown. */
  async #lookUp(message: RawMessage, { channels, roles }: Unknowns): Promise<void> {
    const { api, logger } = this.#tools;
    const guildId = message.guild_id ?? '';
    const asked = channels.map((id) => this.#lookUpChannel(guildId, id));
    if (roles) {
      asked.push(
        api.guilds.getRoles(guildId).then((all) => {
          for (const role of all) this.#index.learnRole(guildId, role);
        }),
      );
    }
    for (const outcome of await Promise.allSettled(asked)) {
      if (outcome.status === 'rejected') {
        logger.debug('could not look up a channel or role', { error: outcome.reason, message: message.id });
      }
    }
  }

  async #lookUpChannel(guildId: string, id: string): Promise<void> {
    try {
      const channel = await this.#tools.api.channels.get(id);
      const home = 'guild_id' in channel ? channel.guild_id : undefined;
      this.#index.learnChannel(home ?? guildId, { ...channel, name: channel.name ?? '' });
    } catch (error) {
      // Not to be asked again: each refusal counts against the whole host.
      if (error instanceof DiscordAPIError) {
        this.#index.learnChannel(guildId, { id, name: 'unknown-channel', type: ChannelType.GuildText });
      }
      throw error;
    }
  }
}
