import type { ChannelMessage, PostedMessage } from '../outbox.ts';

/** What is known of the messages that an exchange was answered with. */
export interface PostedTraces {
  /** The id of the message that was answered. */
  readonly questionId: string;
  /** Ids of messages that are known to be its answer's, in order. */
  readonly posted: readonly string[];
  /** The texts that were to be posted; undefined while the answer was growing. */
  readonly pieces: readonly string[] | undefined;
}

/**
 * Finds, among the messages of a channel, those that answer a message: the ones that are known, the one that replies to
 * it, and behind that those that read like the pieces that follow.
 *
 * @param channel - oldest first, from the answered message on
 */
export function matchPosted(
  { questionId, posted, pieces = [] }: PostedTraces,
  channel: readonly ChannelMessage[],
): PostedMessage[] {
  const own = channel.filter(({ isOwn, id }) => isOwn && id !== questionId);
  const found: PostedMessage[] = posted.map((id) => ({ id, text: own.find((one) => one.id === id)?.text }));
  let from = own.findIndex(({ id }) => id === posted.at(-1)) + 1;
  if (found.length === 0) {
    const first = own.findIndex((message) => isFirst(message, questionId, pieces[0]));
    const message = own[first];
    if (message === undefined) return [];
    found.push(message);
    from = first + 1;
  }
  for (const piece of pieces.slice(found.length)) {
    const next = own.findIndex(
      (message, index) => index >= from && reads(message, piece) && !message.replyTo,
    );
    const message = own[next];
    if (message === undefined) break;
    found.push(message);
    from = next + 1;
  }
  return found.map(({ id, text }) => ({ id, text }));
}

/** A reply loses its reference when what it answers was deleted before. */
function isFirst(message: ChannelMessage, questionId: string, piece: string | undefined): boolean {
  if (message.replyTo === questionId) return true;
  return message.replyTo === undefined && piece !== undefined && reads(message, piece);
}

/** Discord keeps texts without the white space around them. */
function reads({ text }: ChannelMessage, piece: string): boolean {
  return text.trim() === piece.trim();
}
