import type { API } from '@discordjs/core';
import { DiscordAPIError } from '@discordjs/rest';
import { RESTJSONErrorCodes } from 'discord-api-types/v10';
import type { Edit, Outbox, Piece, PostedMessage } from '../messages/outbox.ts';
import { deliveryErrorOf, retryTransient } from './rest-failure.ts';

/** Discord's code for a bot that may write in a channel, but not read its history: it cannot reply there. */
const NO_READ_MESSAGE_HISTORY = 160_002;

/** The author of the message replied to is told, and nobody else, whatever a text says. */
const ALLOWED_MENTIONS = { parse: [], replied_user: true };

/** The way out over Discord's REST side. */
export class DiscordOutbox implements Outbox {
  readonly #api: API;
  readonly #signal: AbortSignal;

  /** @param signal - when it aborts, requests that wait for their turn are dropped and no other is begun */
  constructor(api: API, signal: AbortSignal) {
    this.#api = api;
    this.#signal = signal;
  }

  async post(piece: Piece): Promise<PostedMessage> {
    try {
      return await this.#post(piece);
    } catch (error) {
      throw deliveryErrorOf(error);
    }
  }

  async edit({ channelId, messageId, text }: Edit): Promise<void> {
    const change = { content: text, allowed_mentions: ALLOWED_MENTIONS };
    try {
      await retryTransient(
        () => this.#api.channels.editMessage(channelId, messageId, change, { signal: this.#signal }),
        this.#signal,
      );
    } catch (error) {
      throw deliveryErrorOf(error);
    }
  }

  async remove(channelId: string, messageId: string): Promise<void> {
    try {
      await retryTransient(
        () => this.#api.channels.deleteMessage(channelId, messageId, { signal: this.#signal }),
        this.#signal,
      );
    } catch (error) {
      if (isCode(error, RESTJSONErrorCodes.UnknownMessage)) return;
      throw deliveryErrorOf(error);
    }
  }

  async showTyping(channelId: string): Promise<void> {
    await this.#api.channels.showTyping(channelId, { signal: this.#signal });
  }

  /** The nonce keeps a piece from being posted twice when a try that seemed to fail had arrived after all. */
  async #post(piece: Piece): Promise<PostedMessage> {
    try {
      return await retryTransient(() => this.#create(piece), this.#signal);
    } catch (error) {
      if (!isCode(error, NO_READ_MESSAGE_HISTORY)) throw error;
      return retryTransient(() => this.#create({ ...piece, replyTo: undefined }), this.#signal);
    }
  }

  async #create({ channelId, text, nonce, replyTo }: Piece): Promise<PostedMessage> {
    const body = {
      content: text,
      nonce,
      enforce_nonce: true,
      allowed_mentions: ALLOWED_MENTIONS,
      ...(replyTo !== undefined && {
        // The message may have been deleted meanwhile; the answer is not lost with it.
        message_reference: { message_id: replyTo, fail_if_not_exists: false },
      }),
    };
    const message = await this.#api.channels.createMessage(channelId, body, { signal: this.#signal });
    return { id: message.id, text: message.content };
  }
}

function isCode(error: unknown, code: number): boolean {
  return error instanceof DiscordAPIError && Number(error.code) === code;
}
