import type { Attachment, QuotedMessage } from '../agents/agent.ts';
import { type ErrorDetails, TroupeError } from '../errors.ts';

/** One piece of an answer, ready to be posted. */
export interface Piece {
  readonly channelId: string;
  readonly text: string;
  /** At most 25 characters; the same for the same piece, so that posting it again does not double it. */
  readonly nonce: string;
  /** The message that it replies to. If that is gone, the piece is posted without. */
  readonly replyTo: string | undefined;
}

/** A new text for a message that was posted. */
export interface Edit {
  readonly channelId: string;
  readonly messageId: string;
  readonly text: string;
}

/** A bot's way out to Discord. Nothing that it sends pings anybody but the author of the message replied to. */
export interface Outbox {
  /**
   * Posts a piece, trying again for a while when Discord does not answer.
   *
   * @returns the id of the message
   * @throws {DeliveryError}
   */
  post(piece: Piece): Promise<string>;
  /**
   * Puts another text in the place of one that was posted, trying again for a while when Discord does not answer.
   *
   * @throws {DeliveryError} `message-gone` when somebody deleted it
   */
  edit(edit: Edit): Promise<void>;
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
}

/** A piece could not be posted. */
export class DeliveryError extends TroupeError {
  override readonly name = 'DeliveryError';
  /** A short word for the journal: `missing-permissions`, `channel-gone`, `discord-unreachable`, … */
  readonly reason: string;

  constructor(reason: string, message: string, details?: ErrorDetails) {
    super(message, details);
    this.reason = reason;
  }
}
