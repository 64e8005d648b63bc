import type { AnswerMessages } from './answer-messages.ts';
import type { Exchange } from './exchange.ts';
import type { Failure } from './failure.ts';
import { NOTICE, nonceOf } from './nonce.ts';
import { DeliveryError } from './outbox.ts';
import { MIN_MESSAGE_LENGTH, splitMessage } from './split/split-message.ts';

/** What stands where an answer goes on that could not be posted. */
const REST_MISSING = 'The rest of this answer could not be posted.';

/** Failed edits after which nothing is said: somebody deleted the message, or took the bot's rights away. */
const SILENT = new Set(['message-gone', 'missing-permissions', 'channel-gone']);

/** What the user and the log both have, to find one with the other. */
export function referenceOf(exchangeId: string): string {
  return exchangeId.slice(-8);
}

/**
 * Tells the user that the answer failed: with a reply where nothing was shown, else below what was shown. Nothing is
 * said where it cannot be expected to arrive.
 *
 * @throws {DeliveryError}
 */
export async function tellFailure(
  exchange: Exchange,
  messages: AnswerMessages,
  error: unknown,
  failure: Failure,
  limit: number,
): Promise<void> {
  const reference = failure.expected ? '' : ` (Reference: ${referenceOf(exchange.exchangeId)})`;
  if (messages.hasFailedEdit) {
    // Where it was not somebody's doing, a message of its own may arrive.
    if (SILENT.has(failure.reason)) return;
    await postNotice(exchange, REST_MISSING + reference);
    return;
  }
  const { shown, wanted } = messages;
  if (shown.length === 0) {
    if (failure.words !== undefined) await postNotice(exchange, failure.words + reference);
  } else if (error instanceof DeliveryError) {
    const marked = withRoomFor(shown.at(-1) ?? '', subtext(REST_MISSING + reference), limit);
    if (marked !== undefined) await messages.show([...shown.slice(0, -1), marked]);
  } else if (failure.words !== undefined) {
    await messages.show(withNotice(wanted, subtext(failure.words + reference), limit));
  }
}

async function postNotice({ recipient, message, exchangeId }: Exchange, text: string): Promise<void> {
  const nonce = nonceOf(exchangeId, NOTICE);
  await recipient.outbox.post({ channelId: message.channelId, text, nonce, replyTo: message.id });
}

/** Small print; it must be one line. */
function subtext(words: string): string {
  return `-# ⚠️ ${words.replace(/\s+/g, ' ')}`;
}

/** Below the last piece, or behind it where that has no room. */
function withNotice(pieces: readonly string[], notice: string, limit: number): string[] {
  const marked = `${pieces.at(-1)?.trimEnd() ?? ''}\n${notice}`;
  return marked.length <= limit ? [...pieces.slice(0, -1), marked] : [...pieces, notice];
}

/** The notice below the piece, whose end makes room if it must; undefined when a message cannot hold both. */
function withRoomFor(piece: string, notice: string, limit: number): string | undefined {
  const room = limit - notice.length - 1;
  if (room < MIN_MESSAGE_LENGTH) return undefined;
  return `${splitMessage(piece, room)[0]?.trimEnd() ?? ''}\n${notice}`;
}
