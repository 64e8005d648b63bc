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
  readonly after: string;
  /** … and earlier than this one. */
  readonly before: string;
  /** How many messages are kept over all channels together, the newest. */
  readonly limit: number;
  /** Whether a message matters. */
  readonly concerns: (message: RawMessage) => boolean;
}

/** What was found. */
export interface MissedMessages {
  /** As the gateway would have brought them, oldest first; without what it tells of the author as a member. */
  readonly messages: readonly RawMessage[];
  /** How many were found beyond the limit: the oldest. */
  readonly leftOut: number;
  /** Channels that could not be read, by what Discord says. */
  readonly refused: number;
  /** Channels that were not read, or not to the end, since there is too much. */
  readonly unfinished: number;
}

/** Channels that are read at the same time. */
const CONCURRENCY = 4;

/** As many messages as Discord tells at once. */
const PAGE = 100;

/** Pages of one channel, and of all together: a busy channel, or a thousand of them, must not eat up the rate limit. */
const MAX_PAGES = { channel: 10, all: 500 } as const;

/** Refusals count against the whole host: after these no further channel is read. */
const MAX_REFUSALS = 20;

/**
 * Reads channels back, each from its newest message, for messages that matter.
 *
 * @param signal - gives up; its reason is thrown
 * @throws what the REST side throws while Discord is ill
 */
export async function findMissedMessages(
  options: MissedMessagesOptions,
  signal: AbortSignal,
): Promise<MissedMessages> {
  const { channels, limit } = options;
  const waiting = [...channels];
  const found: RawMessage[] = [];
  let pages = 0;
  let refused = 0;
  let unfinished = 0;

  async function readNext(): Promise<void> {
    for (let channel = waiting.shift(); channel !== undefined; channel = waiting.shift()) {
      if (pages >= MAX_PAGES.all || refused >= MAX_REFUSALS) {
        unfinished += 1;
        continue;
      }
      try {
        const { messages, isWhole } = await readBack(channel);
        found.push(...messages);
        if (!isWhole) unfinished += 1;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof DiscordAPIError)) {
          // The others stop too.
          waiting.length = 0;
          throw error;
        }
        refused += 1;
      }
    }
  }

  async function readBack({ id, guildId }: ReadableChannel) {
    const messages: RawMessage[] = [];
    let { before } = options;
    for (let page = 0; page < MAX_PAGES.channel && pages < MAX_PAGES.all; page += 1) {
      signal.throwIfAborted();
      pages += 1;
      const query = { before, limit: PAGE };
      const answer = await retryTransient(
        () => options.api.channels.getMessages(id, query, { signal }),
        signal,
      );
      const missed = answer.filter((message) => compareSnowflakes(message.id, options.after) > 0);
      messages.push(
        ...missed
          .map((message) => ({ ...message, ...(guildId !== undefined && { guild_id: guildId }) }))
          .filter(options.concerns),
      );
      const oldest = missed.at(-1);
      if (oldest === undefined || missed.length < PAGE) return { messages, isWhole: true };
      if (messages.length >= limit) break;
      before = oldest.id;
    }
    return { messages, isWhole: false };
  }

  await Promise.all(Array.from({ length: CONCURRENCY }, readNext));
  found.sort((a, b) => compareSnowflakes(a.id, b.id));
  const leftOut = Math.max(0, found.length - limit);
  return { messages: found.slice(leftOut), leftOut, refused, unfinished };
}
