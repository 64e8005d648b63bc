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

/** A bot's way out to Discord. Nothing that it sends pings anybody but the author of the message replied to. */
export interface Outbox {
  /**
   * Posts a piece, trying again for a while when Discord does not answer.
   *
   * @returns the id of the message
   * @throws {DeliveryError}
   */
  post(piece: Piece): Promise<string>;
  /** Shows that the bot is typing, for about ten seconds or until it posts. Failures do not matter. */
  showTyping(channelId: string): Promise<void>;
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
