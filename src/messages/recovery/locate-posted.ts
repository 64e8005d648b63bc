import type { Exchange } from '../exchange.ts';
import { isNonceAlive } from '../nonce.ts';
import { type ChannelMessage, DeliveryError, type PostedMessage } from '../outbox.ts';
import { matchPosted, type PostedTraces } from './match-posted.ts';

/** Messages that are read at a time, and how often: what was written behind a question is not read without end. */
const PAGE = 100;
const MAX_PAGES = 5;

/** How a look for the messages of an answer may fail for good. */
const UNREADABLE = new Set(['missing-permissions', 'channel-gone', 'message-gone', 'refused-by-discord']);

/**
 * Finds out which messages an answer consists of by now. As long as Discord knows their nonces nobody has to look:
 * posting again gives the message that is there. After that the channel is read.
 *
 * @param since - when one may have been posted at the earliest; undefined: none can have been
 * @returns undefined when it cannot be told
 * @throws {DeliveryError} when Discord does not answer
 */
export async function locatePosted(
  { recipient, message }: Exchange,
  traces: PostedTraces,
  since: Date | undefined,
  now: number,
  signal: AbortSignal,
): Promise<readonly PostedMessage[] | undefined> {
  if (since === undefined) return [];
  const onRecord = traces.posted.map((id) => ({ id, text: undefined }));
  if (isNonceAlive(since.getTime(), now)) return onRecord;
  // Where the channel cannot be read the record will do, if it is complete.
  const unread = onRecord.length >= (traces.pieces?.length ?? 1) ? onRecord : undefined;
  const channel: ChannelMessage[] = [];
  for (let page = 0, from = message.id; page < MAX_PAGES; page++) {
    let messages: readonly ChannelMessage[];
    try {
      messages = await recipient.reader.messagesFrom(message.channelId, from, PAGE, signal);
    } catch (error) {
      if (error instanceof DeliveryError && UNREADABLE.has(error.reason)) return unread;
      throw error;
    }
    // Not even the question: the history cannot be read, or everything was deleted.
    if (page === 0 && messages.length === 0) return unread;
    channel.push(...messages.filter(({ id }) => page === 0 || id !== from));
    const found = matchPosted(traces, channel);
    const isAll = found.length > 0 && found.length >= (traces.pieces?.length ?? 0);
    const last = messages.at(-1);
    if (isAll || last === undefined || messages.length < PAGE) return found;
    from = last.id;
  }
  const found = matchPosted(traces, channel);
  return found.length === 0 ? unread : found;
}
