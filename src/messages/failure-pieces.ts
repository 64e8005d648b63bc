import type { AnswerMessages } from './answer-messages.ts';
import type { Failure } from './failure.ts';
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
 * What the messages of an answer that failed are to show: a notice where nothing was shown, else one below what was
 * shown. Undefined where nothing is said, since it cannot be expected to arrive.
 *
 * @param limit - characters in one message
 */
export function failurePieces(
  { shown, wanted, hasFailedEdit }: Pick<AnswerMessages, 'shown' | 'wanted' | 'hasFailedEdit'>,
  error: unknown,
  failure: Failure,
  exchangeId: string,
  limit: number,
): readonly string[] | undefined {
  const reference = failure.expected ? '' : ` (Reference: ${referenceOf(exchangeId)})`;
  if (hasFailedEdit) {
    // Where it was not somebody's doing, a message of its own may arrive.
    return SILENT.has(failure.reason) ? undefined : [...shown, REST_MISSING + reference];
  }
  if (shown.length === 0) return failure.words === undefined ? undefined : [failure.words + reference];
  if (error instanceof DeliveryError) {
    const marked = withRoomFor(shown.at(-1) ?? '', subtext(REST_MISSING + reference), limit);
    return marked === undefined ? undefined : [...shown.slice(0, -1), marked];
  }
  return failure.words === undefined ? undefined : withNotice(wanted, failure.words + reference, limit);
}

/** The pieces with a notice in small print below the last one, or behind it where that has no room. */
export function withNotice(pieces: readonly string[], words: string, limit: number): readonly string[] {
  const notice = subtext(words);
  const marked = `${pieces.at(-1)?.trimEnd() ?? ''}\n${notice}`.trimStart();
  return marked.length <= limit ? [...pieces.slice(0, -1), marked] : [...pieces, notice];
}

/** Small print; it must be one line. */
function subtext(words: string): string {
  return `-# ⚠️ ${words.replace(/\s+/g, ' ')}`;
}

/** The notice below the piece, whose end makes room if it must; undefined when a message cannot hold both. */
function withRoomFor(piece: string, notice: string, limit: number): string | undefined {
  const room = limit - notice.length - 1;
  if (room < MIN_MESSAGE_LENGTH) return undefined;
  return `${splitMessage(piece, room)[0]?.trimEnd() ?? ''}\n${notice}`;
}
