import type { Attachment, QuotedMessage } from '../agents/agent.ts';
import { type ErrorDetails, TroupeError } from '../errors.ts';
import { isRetried } from '../recovery/policy.ts';
import type { DeliveryReason } from '../recovery/rules-discord.ts';

/** One piece of an answer, ready to be posted. */
export interface Piece {
  readonly channelId: string;
  readonly text: string;
  /** At most 25 characters; the same for the same piece, so that posting it again does not double it. */
  readonly nonce: string;
  /** The message that it replies to. If that is gone, the piece is posted without. */
  readonly replyTo: string | undefined;
  /**
   * Whether it goes out while it is not certain that this process still runs the bot, which takes the database: a notice
   * that any other process would post alike. Default: it waits.
   */
  readonly needsNoLease?: boolean;
}

/** A new text for a message that was posted. */
export interface Edit {
  readonly channelId: string;
  readonly messageId: string;
  readonly text: string;
}

/** A message as Discord has it. */
export interface PostedMessage {
  readonly id: string;
  /** Undefined where it is not known. */
  readonly text: string | undefined;
}

/** A message that stands in a channel. */
export interface ChannelMessage {
  readonly id: string;
  readonly text: string;
  /** Whether the bot itself wrote it. */
  readonly isOwn: boolean;
  /** The message that it replies to; undefined also where that was gone when it was posted. */
  readonly replyTo: string | undefined;
}

/**
 * A bot's way out to Discord. Nothing that it sends pings anybody but the author of the message replied to, and it
 * writes only while it is certain that this process runs the bot.
 */
export interface Outbox {
  /**
   * Posts a piece, trying again for a while when Discord does not answer.
   *
   * @returns the message; when the same nonce was posted shortly before, that one, with the text that it has
   * @throws {DeliveryError}; LeaseLostError
   */
  post(piece: Piece): Promise<PostedMessage>;
  /**
   * Puts another text in the place of one that was posted, trying again for a while when Discord does not answer.
   *
   * @throws {DeliveryError} `message-gone` when somebody deleted it; LeaseLostError
   */
  edit(edit: Edit): Promise<void>;
  /**
   * Deletes one of the bot's own messages; one that is gone is no error.
   *
   * @throws {DeliveryError}; LeaseLostError
   */
  remove(channelId: string, messageId: string): Promise<void>;
  /** Shows that the bot is typing, for about ten seconds or until it posts. Failures do not matter. */
  showTyping(channelId: string): Promise<void>;
}

/** A bot's way to what else there is on Discord around a message. */
export interface MessageReader {
  /** See `Surroundings.download`. */
  download(attachment: Attachment, maxBytes: number, signal: AbortSignal): Promise<Uint8Array>;
  /** The last messages of a channel before this one, oldest first; see `Surroundings.messagesBefore`. */
  messagesBefore(
    channelId: string,
    messageId: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<readonly QuotedMessage[]>;
  /**
   * The messages of a channel from this one on, oldest first; up to `limit`, the oldest. The message itself comes first,
   * unless it is gone. Nothing at all may also mean that the bot may not read the channel's history: Discord does not
   * tell them apart.
   *
   * @throws {DeliveryError}
   */
  messagesFrom(
    channelId: string,
    messageId: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<readonly ChannelMessage[]>;
  /**
   * The id of the last message of a channel, which may be deleted by now; undefined: nobody ever wrote there.
   *
   * @throws {DeliveryError}
   */
  lastMessage(channelId: string, signal: AbortSignal): Promise<string | undefined>;
}

/** A piece could not be posted. */
export class DeliveryError extends TroupeError {
  override readonly name = 'DeliveryError';
  /** A short word for the journal: `missing-permissions`, `channel-gone`, `discord-unreachable`, … */
  readonly reason: DeliveryReason;

  constructor(reason: DeliveryReason, message: string, details?: ErrorDetails) {
    super(message, details);
    this.reason = reason;
  }
}

/** Whether Discord did not answer: what was asked may have been done all the same. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof DeliveryError && isRetried('delivery', error.reason);
}
