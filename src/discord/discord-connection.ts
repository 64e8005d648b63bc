import type { API } from '@discordjs/core';
import { type GatewayDispatchPayload, GatewayDispatchEvents, GatewayIntentBits } from 'discord-api-types/v10';
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
import { GuildIndex } from './guild-index.ts';
import { mayConcern, type RawMessage, readMessage, unknownsOf } from './read-message.ts';

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
  readonly #facts: GuildFacts;
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
    this.#facts = new GuildFacts(tools.api, this.#index);
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
    try {
      this.#index.update(payload);
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
    const { userId } = this.#options.identity;
    const concerns = mayConcern(raw, userId, this.#tools.answersEverything());
    const unknowns = concerns ? unknownsOf(raw, this.#index) : undefined;
    const read = (): IncomingMessage => readMessage(raw, this.#index, userId, this.messageContent);
    if (unknowns === undefined && this.#authors.idle(raw.author.id)) return read();
    return this.#authors.run(raw.author.id, async () => {
      if (unknowns !== undefined && raw.guild_id !== undefined)
        await this.#facts.learn(raw.guild_id, unknowns);
      return read();
    });
  }
}
