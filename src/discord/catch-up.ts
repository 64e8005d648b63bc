import type { API } from '@discordjs/core';
import type { GatewayDispatchPayload } from 'discord-api-types/v10';
import type { LastSeenStore } from '../bots/last-seen.ts';
import type { Logger } from '../observability/logger.ts';
import { ArrivingGuilds } from './arriving-guilds.ts';
import type { DiscordClock } from './discord-clock.ts';
import { keepTrying } from './keep-trying.ts';
import { MissedMessages } from './missed-messages.ts';
import type { RawMessage } from './read-message.ts';
import type { ReadableChannel } from './readable-channels.ts';
import { withoutRequest } from './rest-failure.ts';
import { compareSnowflakes, laterSnowflake, snowflakeAt, snowflakeBefore } from './snowflakes.ts';

/** What a bot looks for that comes back with a new session. */
export interface CatchUpOptions {
  readonly agentId: string;
  readonly botUserId: string;
  /** Up to this message the bot has seen everything. */
  readonly mark: string;
  /** How old a message may be, in milliseconds. */
  readonly window: number;
  /** How many messages it takes in at most, the newest. */
  readonly limit: number;
  /** How long none of its guilds may come before it looks in those that did, in milliseconds. */
  readonly guildPatience: number;
}

/** What {@link CatchUp} works with. */
export interface CatchUpTools {
  readonly api: API;
  readonly store: Pick<LastSeenStore, 'directChannels'>;
  readonly clock: DiscordClock;
  readonly logger: Logger;
  /** Whether a message matters. */
  readonly concerns: (message: RawMessage) => boolean;
}

/**
 * Ids of different channels do not come in their exact order, and Discord's clock is known to a second: what is
 * looked for begins and ends so many milliseconds beyond what is missing. The journal knows what was taken in before.
 */
const OVERLAP = 5_000;

/** Direct messages that are looked into, those with the newest messages on record. */
const MAX_DIRECT_CHANNELS = 50;

/** What one bot missed before its session began. */
export class CatchUp {
  readonly #options: CatchUpOptions;
  readonly #tools: CatchUpTools;
  readonly #readyAt: number;
  readonly #guilds: ArrivingGuilds;
  /** Channels that it may not read. */
  #unreadable = 0;

  /**
   * To be made when READY comes.
   *
   * @param guildIds - the guilds that READY named
   */
  constructor(guildIds: readonly string[], options: CatchUpOptions, tools: CatchUpTools) {
    this.#options = options;
    this.#tools = tools;
    this.#readyAt = tools.clock.now();
    this.#guilds = new ArrivingGuilds({
      guildIds,
      botUserId: options.botUserId,
      after: this.#after(),
      patience: options.guildPatience,
    });
  }

  /** Takes in an event that tells of the bot's guilds. */
  update(event: GatewayDispatchPayload): void {
    this.#guilds.update(event);
  }

  /**
   * Looks for the messages that were missed. While Discord or the database is ill it tries again what could not be read,
   * until the messages would be too old.
   *
   * @param take - is handed what was found, oldest first; more than once where a part could be read only later
   * @param signal - gives up; its reason is thrown
   */
  async find(take: (messages: readonly RawMessage[]) => void, signal: AbortSignal): Promise<void> {
    const { logger } = this.#tools;
    let missed: MissedMessages | undefined;
    const look = async (): Promise<void> => {
      try {
        missed ??= await this.#begin(signal);
        const { messages, failure } = await missed.readRound(signal);
        take(messages);
        if (failure !== undefined) throw failure;
      } catch (error) {
        signal.throwIfAborted();
        if (!this.#isTooLate()) throw error;
        logger.error('could not look for missed messages in time', {
          error: withoutRequest(error),
          channels: missed?.waiting,
        });
      }
    };
    const warn = (error: unknown, retryInMs: number): void => {
      logger.warn('could not look for missed messages', { error: withoutRequest(error), retryInMs });
    };
    await keepTrying(look, warn, signal);
    if (missed !== undefined) this.#report(missed);
  }

  async #begin(signal: AbortSignal): Promise<MissedMessages> {
    const { agentId, limit } = this.#options;
    const { api, store, concerns } = this.#tools;
    const direct = await store.directChannels(agentId, MAX_DIRECT_CHANNELS);
    const heads = await this.#guilds.channels(signal);
    signal.throwIfAborted();
    const after = (): string => this.#after();
    const inGuilds = heads
      .filter(({ lastMessageId }) => compareSnowflakes(lastMessageId, after()) > 0)
      .sort((a, b) => compareSnowflakes(b.lastMessageId, a.lastMessageId));
    const readable = inGuilds.filter((channel) => channel.readable);
    this.#unreadable = inGuilds.length - readable.length;
    const channels: ReadableChannel[] = [...direct.map((id) => ({ id, guildId: undefined })), ...readable];
    const before = snowflakeAt(this.#readyAt + OVERLAP);
    return new MissedMessages({ api, channels, after, before, limit, concerns });
  }

  /** Whether everything from before the session is older than what is looked for. */
  #isTooLate(): boolean {
    return this.#tools.clock.now() - this.#options.window >= this.#readyAt;
  }

  #after(): string {
    const { mark, window } = this.#options;
    return laterSnowflake(snowflakeBefore(mark, OVERLAP), snowflakeAt(this.#tools.clock.now() - window));
  }

  #report({ found, leftOut, refused, unfinished }: MissedMessages): void {
    const { logger } = this.#tools;
    if (found > 0) logger.info('found messages that may have been missed', { messages: found });
    if (leftOut > 0 || unfinished > 0) {
      logger.warn('missed more messages than it looks for; the oldest are not answered', {
        leftOut,
        channelsNotReadToTheEnd: unfinished,
      });
    }
    const channels = refused + this.#unreadable;
    if (channels > 0) {
      logger.info('could not look for missed messages in some channels: the bot may not read their history', {
        channels,
      });
    }
  }
}
