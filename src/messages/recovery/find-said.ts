import type { SayProgress } from '../../agents/said.ts';
import { type ChannelMessage, DeliveryError, type MessageReader } from '../outbox.ts';
import { matchPosted } from './match-posted.ts';

/** Messages that are read at a time, and how often. */
const PAGE = 100;
const MAX_PAGES = 5;

/** How a look may fail for good. */
const UNREADABLE = new Set(['missing-permissions', 'channel-gone', 'refused-by-discord']);

/**
 * Finds the messages of a statement among those that its channel got since.
 *
 * @returns their ids, in order; undefined when it cannot be told
 * @throws {DeliveryError} when Discord does not answer
 */
export async function findSaid(
  channelId: string,
  { pieces, posted, after }: SayProgress,
  reader: Pick<MessageReader, 'messagesFrom'>,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const written: ChannelMessage[] = [];
  // A channel's id is lower than those of its messages.
  for (let page = 0, from = after ?? channelId; page < MAX_PAGES; page++) {
    let messages: readonly ChannelMessage[];
    try {
      messages = await reader.messagesFrom(channelId, from, PAGE, signal);
    } catch (error) {
      if (error instanceof DeliveryError && UNREADABLE.has(error.reason)) return undefined;
      throw error;
    }
    // Discord does not tell a channel without messages from one whose history is not for this bot.
    if (page === 0 && messages.length === 0) return undefined;
    written.push(...messages.filter(({ id }) => id !== from && id !== after));
    const found = matchPosted({ questionId: '', posted, pieces }, written).map(({ id }) => id);
    const last = messages.at(-1);
    if (found.length === pieces.length || last === undefined || messages.length < PAGE) return found;
    from = last.id;
  }
  return undefined;
}
