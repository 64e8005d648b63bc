import type { API } from '@discordjs/core';
import { DiscordAPIError } from '@discordjs/rest';
import type { RawMessage } from './read-message.ts';
import type { ReadableChannel } from './readable-channels.ts';
import { retryTransient } from './rest-failure.ts';
import { compareSnowflakes } from './snowflakes.ts';

/** What is looked for. */
export interface MissedMessagesOptions {
  readonly api: API;
  /** Those that matter most first. */
  readonly channels: readonly ReadableChannel[];
  /** Messages later than this one … */
  readonly after: () => string;
  /** … and earlier than this one. */
  readonly before: string;
  /** How many messages are kept over all channels together, the newest. */
  readonly limit: number;
  /** Whether a message matters. */
  readonly concerns: (message: RawMessage) => boolean;
}

/** What one round found. */
export interface MissedMessagesRound {
  /** As the gateway would have brought them, oldest first; without what it tells of the author as a member. */
  readonly messages: readonly RawMessage[];
  /** What the REST side threw, since Discord is ill, before every channel was read; undefined: there is no other round. */
  readonly failure: Error | undefined;
}

/** Channels that are read at the same time. */
const CONCURRENCY = 4;

/** As many messages as Discord tells at once. */
const PAGE = 100;

/** Pages of one channel, and of all together: a busy channel, or a thousand of them, must not eat up the rate limit. */
const MAX_PAGES = { channel: 10, all: 500 } as const;

/** Refusals count against the whole host: after these no further channel is read. */
const MAX_REFUSALS = 20;

/** Reads channels back, each from its newest message, for messages that matter; each channel once. */
export class MissedMessages {
  readonly #options: MissedMessagesOptions;
  readonly #waiting: ReadableChannel[];
  #pages = 0;
  #refused = 0;
  #unfinished = 0;
  #found = 0;
  #leftOut = 0;

  constructor(options: MissedMessagesOptions) {
    this.#options = options;
    this.#waiting = [...options.channels];
  }

  /** How many messages were found, and may be taken in. */
  get found(): number {
    return this.#found;
  }

  /** How many were found beyond the limit: the oldest of each round. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Channels that could not be read, by what Discord says. */
  get refused(): number {
    return this.#refused;
  }

  /** Channels that were not read, or not to the end, since there is too much. */
  get unfinished(): number {
    return this.#unfinished;
  }

  /** Channels that are still to be read. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Reads the channels that were not read yet, until one cannot be: that one is the last of the next round.
   *
   * @param signal - gives up; its reason is thrown
   */
  async readRound(signal: AbortSignal): Promise<MissedMessagesRound> {
    const found: RawMessage[] = [];
    const failed: ReadableChannel[] = [];
    let failure: Error | undefined;
    const readNext = async (): Promise<void> => {
      while (failed.length === 0) {
        const channel = this.#waiting.shift();
        if (channel === undefined) return;
        try {
          found.push(...(await this.#readBack(channel, signal)));
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof DiscordAPIError) {
            this.#refused += 1;
          } else {
            failed.push(channel);
            failure = error as Error;
          }
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, readNext));
    signal.throwIfAborted();
    this.#waiting.push(...failed);
    return { messages: this.#newest(found), failure };
  }

  async #readBack({ id, guildId }: ReadableChannel, signal: AbortSignal): Promise<RawMessage[]> {
    const { api, limit, concerns, after } = this.#options;
    const messages: RawMessage[] = [];
    let { before } = this.#options;
    for (let page = 0; page < MAX_PAGES.channel && this.#mayAsk(); page += 1) {
      signal.throwIfAborted();
      this.#pages += 1;
      const query = { before, limit: PAGE };
      const answer = await retryTransient(() => api.channels.getMessages(id, query, { signal }), signal);
      const missed = answer.filter((message) => compareSnowflakes(message.id, after()) > 0);
      messages.push(
        ...missed
          .map((message) => ({ ...message, ...(guildId !== undefined && { guild_id: guildId }) }))
          .filter(concerns),
      );
      const oldest = missed.at(-1);
      if (oldest === undefined || missed.length < PAGE) return messages;
      if (messages.length >= limit) break;
      before = oldest.id;
    }
    this.#unfinished += 1;
    return messages;
  }

  #mayAsk(): boolean {
    return this.#pages < MAX_PAGES.all && this.#refused < MAX_REFUSALS;
  }

  /** Those for which there is room, oldest first. */
  #newest(found: readonly RawMessage[]): readonly RawMessage[] {
    const leftOut = Math.max(0, found.length - (this.#options.limit - this.#found));
    this.#leftOut += leftOut;
    this.#found += found.length - leftOut;
    return found.toSorted((a, b) => compareSnowflakes(a.id, b.id)).slice(leftOut);
  }
}
