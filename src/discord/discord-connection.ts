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
import { createSequenceTracker, type SequenceTracker } from '../util/sequence-tracker.ts';
import { CatchUp, type CatchUpOptions, type CatchUpTools } from './catch-up.ts';
import { CLOSE_NORMAL, CLOSE_RESUMABLE, failureOfClose } from './close-codes.ts';
import type { DiscordClock } from './discord-clock.ts';
import { Gate } from './gate.ts';
import { GatewaySocket, type SocketEnd } from './gateway-socket.ts';
import type { GuildIndex } from './guild-index.ts';
import { keepTrying } from './keep-trying.ts';
import { MessageIntake } from './message-intake.ts';
import type { PresenceKeeper } from './presence-keeper.ts';
import type { RawMessage } from './read-message.ts';
import { SeenMessages } from './seen-messages.ts';
import { snowflakeAt } from './snowflakes.ts';

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
  /** The roles that count for this user where a message does not tell the author's, under the settings in force now. */
  readonly rolesThatCount: (userId: string) => readonly string[];
  /** Takes a message in; false when it has to be delivered again. */
  readonly receive: (message: IncomingMessage) => Promise<boolean>;
  /** Keeps what Discord shows of the bot in step with what it is to show. */
  readonly presence: PresenceKeeper;
  /** Takes in what a user did with a command, button or the like. Never throws. */
  readonly interact: (interaction: APIInteraction) => void;
  /** Up to this message everything was taken in by earlier connections; undefined: nothing is known. */
  readonly mark: string | undefined;
  readonly clock: DiscordClock;
  /** Finishes what earlier connections left open; awaited before the first message is taken in. */
  readonly recover: (() => Promise<void>) | undefined;
  /** What is looked for when the session is a new one; undefined: nothing. */
  readonly catchUp: (CatchUpOptions & Pick<CatchUpTools, 'store'>) | undefined;
  /** How long messages wait for both at most, in milliseconds. */
  readonly gatePatience: number;
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
  readonly #intake: MessageIntake;
  /** Keeps new messages waiting while older ones are taken in. */
  readonly #gate: Gate;
  readonly #seen: SeenMessages;
  #tracker: SequenceTracker;
  /** Under way, or not finished before the end: messages from before this session may be missing. */
  #catchUp: CatchUp | undefined;
  readonly #closing = new AbortController();
  readonly #fail: (failure: BotFailure) => void;
  readonly #finish: (value: undefined) => void;
  readonly #opened = Promise.withResolvers<undefined>();

  constructor(options: ConnectOptions, tools: ConnectionTools) {
    const { session, inspection } = options;
    this.#options = options;
    this.#tools = tools;
    this.messageContent = session?.messageContent ?? inspection?.messageContent ?? false;
    this.#intake = new MessageIntake({
      ...tools,
      botUserId: options.identity.userId,
      messageContent: this.messageContent,
    });
    this.#gate = new Gate(tools.recover === undefined && tools.catchUp === undefined);
    this.#seen = new SeenMessages(tools.mark);
    this.#tracker = createSequenceTracker(session?.sequence ?? 0);
    ({ promise: this.ended, resolve: this.#fail } = Promise.withResolvers<BotFailure>());
    ({ promise: this.over, resolve: this.#finish } = Promise.withResolvers<undefined>());
    this.#socket = new GatewaySocket({
      token: tools.token,
      intents: INTENTS | (this.messageContent ? GatewayIntentBits.MessageContent : 0),
      presence: () => tools.presence.initial(),
      url: session?.resumeUrl ?? inspection?.gatewayUrl ?? '',
      beforeIdentify: options.beforeIdentify,
      session: session && { ...session, resumeURL: session.resumeUrl },
      onReady: ({ guilds }) => {
        this.#attachPresence();
        this.#tracker = createSequenceTracker(0);
        this.#beginAnew(guilds.map(({ id }) => id));
        this.#opened.resolve(undefined);
        void this.#prepare();
      },
      onResumed: () => {
        this.#attachPresence();
        this.#opened.resolve(undefined);
        void this.#prepare();
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
    // Who resumed it would not look for what was missed before it.
    if (session === undefined || this.#catchUp !== undefined) return undefined;
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

  get latencyMs(): number | undefined {
    return this.#socket.latencyMs;
  }

  /** Everything up to this message was taken in; undefined: nothing is known. */
  get mark(): string | undefined {
    return this.#seen.mark;
  }

  showPresence({ anew = false } = {}): void {
    if (anew) this.#tools.presence.doubt();
    this.#tools.presence.update();
  }

  /** Looks whether the gateway still answers; ends the connection when it does not. */
  probe(): void {
    this.#socket.probe();
  }

  /** Ends the connection for this reason. */
  end(failure: BotFailure): void {
    this.#fail(failure);
    this.#leave();
    void this.#socket.close(failure.sessionLost ? CLOSE_NORMAL : CLOSE_RESUMABLE);
  }

  async close({ resumable }: { resumable: boolean }): Promise<void> {
    this.#leave();
    await this.#socket.close(resumable ? CLOSE_RESUMABLE : CLOSE_NORMAL);
  }

  #attachPresence(): void {
    const detach = this.#tools.presence.attach((data) => {
      this.#socket.showPresence(data);
    });
    this.#closing.signal.addEventListener('abort', detach, { once: true });
  }

  #leave(): void {
    this.#finish(undefined);
    this.#closing.abort();
    // What waited stays open: it comes again.
    this.#gate.shut();
  }

  /** A new session: nothing of what came before it is sent again. */
  #beginAnew(guildIds: readonly string[]): void {
    const { catchUp, clock } = this.#tools;
    if (catchUp !== undefined) {
      this.#seen.hold();
      const concerns = (message: RawMessage): boolean =>
        !this.#seen.isOpen(message.id) && this.#intake.concerns(message);
      this.#catchUp = new CatchUp(guildIds, catchUp, { ...this.#tools, store: catchUp.store, concerns });
    }
    if (clock.known) this.#seen.reach(snowflakeAt(clock.now()));
  }

  /** Has everything taken in that is older than what comes now, then lets that through. Never rejects. */
  async #prepare(): Promise<void> {
    const { logger, gatePatience } = this.#tools;
    const { signal } = this.#closing;
    const impatience = setTimeout(() => {
      logger.warn('new messages no longer wait for older ones to be found', { waitedMs: gatePatience });
      this.#gate.open();
    }, gatePatience);
    signal.addEventListener('abort', () => {
      clearTimeout(impatience);
    });
    const taking: Promise<boolean>[] = [];
    try {
      await this.#recover(signal);
      await this.#catchUp?.find((missed) => {
        // What came over this connection too waits at the gate.
        const older = missed.filter(({ id }) => !this.#seen.isOpen(id));
        taking.push(...older.map((message) => this.#takeMissed(message)));
      }, signal);
    } catch {
      // The connection was over first: both fail for that reason alone.
      return;
    }
    clearTimeout(impatience);
    this.#gate.open();
    if (!(await Promise.all(taking)).every(Boolean)) return;
    this.#catchUp = undefined;
    this.#seen.release();
  }

  /** @throws the reason of the signal, nothing else */
  async #recover(signal: AbortSignal): Promise<void> {
    const { recover, logger } = this.#tools;
    if (recover === undefined) return;
    const warn = (error: unknown, retryInMs: number): void => {
      logger.warn('could not take up what was left open; trying again', { error, retryInMs });
    };
    await keepTrying(recover, warn, signal);
  }

  /** @returns whether it was taken in. Never rejects. */
  async #takeMissed(raw: RawMessage): Promise<boolean> {
    this.#seen.begin(raw.id);
    const isTaken = await this.#take(raw);
    if (isTaken) this.#seen.done(raw.id);
    return isTaken;
  }

  #failureOf({ code, greeted, invalidSession, silent, cause }: SocketEnd): BotFailure {
    const { applicationId } = this.#options.identity;
    if (invalidSession) {
      return new BotFailure('Discord no longer knows the session', {
        kind: 'session-lost',
        sessionLost: true,
      });
    }
    if (silent) return new BotFailure('the gateway fell silent', { kind: 'silent' });
    if (!greeted || cause !== undefined || code === undefined) {
      return new BotFailure('the connection to the gateway failed', {
        kind: 'connection-failed',
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
      const { d: raw, s: sequence } = payload;
      this.#seen.begin(raw.id);
      this.#gate.pass(() => void this.#takeNew(raw, sequence, tracker));
      return;
    }
    tracker.done(payload.s);
    if (payload.t === GatewayDispatchEvents.InteractionCreate) {
      this.#tools.interact(payload.d);
      return;
    }
    try {
      this.#tools.index.update(payload);
      this.#catchUp?.update(payload);
    } catch (error) {
      this.#tools.logger.error('could not read an event', { error, event: payload.t });
    }
  }

  /** Takes a message in and marks its place in the sequence as done, unless it has to come again. Never rejects. */
  async #takeNew(raw: RawMessage, sequence: number, tracker: SequenceTracker): Promise<void> {
    if (!(await this.#take(raw))) return;
    tracker.done(sequence);
    this.#seen.done(raw.id);
  }

  /** @returns whether it was taken in. Never rejects. */
  async #take(raw: RawMessage): Promise<boolean> {
    try {
      return await this.#intake.take(raw);
    } catch (error) {
      this.#tools.logger.error('could not take a message in', { error, message: raw.id });
      // Its place stays open: the session is resumed before it, and Discord sends it again.
      this.end(new BotFailure('a message could not be recorded', { kind: 'not-recorded', cause: error }));
      return false;
    }
  }
}
