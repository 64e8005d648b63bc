import type { API } from '@discordjs/core';
import { DiscordAPIError } from '@discordjs/rest';
import type { Edit, Outbox, Piece } from '../messages/outbox.ts';
import { deliveryErrorOf, retryTransient } from './rest-failure.ts';

/** Discord's code for a bot that may write in a channel, but not read its history: it cannot reply there. */
const NO_READ_MESSAGE_HISTORY = 160_002;

/** The author of the message replied to is told, and nobody else, whatever a text says. */
const ALLOWED_MENTIONS = { parse: [], replied_user: true };

/** The way out over Discord's REST side. */
export class DiscordOutbox implements Outbox {
  readonly #api: API;

  constructor(api: API) {
    this.#api = api;
  }

  async post(piece: Piece): Promise<string> {
    try {
      return await this.#post(piece);
    } catch (error) {
      throw deliveryErrorOf(error);
    }
  }

  async edit({ channelId, messageId, text }: Edit): Promise<void> {
    const change = { content: text, allowed_mentions: ALLOWED_MENTIONS };
    try {
      await retryTransient(() => this.#api.channels.editMessage(channelId, messageId, change));
    } catch (error) {
      throw deliveryErrorOf(error);
    }
  }

  async showTyping(channelId: string): Promise<void> {
    await this.#api.channels.showTyping(channelId);
  }

  /** The nonce keeps a piece from being posted twice when a try that seemed to fail had arrived after all. */
  async #post(piece: Piece): Promise<string> {
    try {
      return await retryTransient(() => this.#create(piece));
    } catch (error) {
      if (!(error instanceof DiscordAPIError) || Number(error.code) !== NO_READ_MESSAGE_HISTORY) throw error;
      return retryTransient(() => this.#create({ ...piece, replyTo: undefined }));
    }
  }

  async #create({ channelId, text, nonce, replyTo }: Piece): Promise<string> {
    const message = await this.#api.channels.createMessage(channelId, {
      content: text,
      nonce,
      enforce_nonce: true,
      allowed_mentions: ALLOWED_MENTIONS,
      ...(replyTo !== undefined && {
        // The message may have been deleted meanwhile; the answer is not lost with it.
        message_reference: { message_id: replyTo, fail_if_not_exists: false },
      }),
    });
    return message.id;
  }
}
