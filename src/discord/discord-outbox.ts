import type { API } from '@discordjs/core';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type { Outbox, Piece } from '../messages/outbox.ts';
import { deliveryErrorOf, isTransient } from './rest-failure.ts';

/**
 * Tries again while Discord is ill: about half a minute in all. The nonce keeps a piece from being posted twice when
 * the first try had arrived after all.
 */
const RETRIES = { maxAttempts: 7, backoff: new ExponentialBackoff({ initialDelay: 250, maxDelay: 10_000 }) };

/** The way out over Discord's REST side. */
export class DiscordOutbox implements Outbox {
  readonly #api: API;
  readonly #policy = retry(handleWhen(isTransient), RETRIES);

  constructor(api: API) {
    this.#api = api;
  }

  async post(piece: Piece): Promise<string> {
    try {
      return await this.#policy.execute(() => this.#create(piece));
    } catch (error) {
      throw deliveryErrorOf(error);
    }
  }

  async showTyping(channelId: string): Promise<void> {
    await this.#api.channels.showTyping(channelId);
  }

  async #create({ channelId, text, nonce, replyTo }: Piece): Promise<string> {
    const message = await this.#api.channels.createMessage(channelId, {
      content: text,
      nonce,
      enforce_nonce: true,
      // The author of the message replied to is told, and nobody else, whatever the text says.
      allowed_mentions: { parse: [], replied_user: true },
      ...(replyTo !== undefined && {
        // The message may have been deleted meanwhile; the answer is not lost with it.
        message_reference: { message_id: replyTo, fail_if_not_exists: false },
      }),
    });
    return message.id;
  }
}
