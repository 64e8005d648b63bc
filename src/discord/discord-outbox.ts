import type { API } from '@discordjs/core';
import { DiscordAPIError } from '@discordjs/rest';
import { RESTJSONErrorCodes } from 'discord-api-types/v10';
import { type Lease, LeaseLostError } from '../leases/lease.ts';
import type { Edit, Outbox, Piece, PostedMessage } from '../messages/outbox.ts';
import { deliveryErrorOf, retryTransient } from './rest-failure.ts';
import { underLease } from './under-lease.ts';

/** Discord's code for a bot that may write in a channel, but not read its history: it cannot reply there. */
const NO_READ_MESSAGE_HISTORY = 160_002;

/** The author of the message replied to is told, and nobody else, whatever a text says. */
const ALLOWED_MENTIONS = { parse: [], replied_user: true };

/** What comes with each request. */
interface RequestOptions {
  readonly signal: AbortSignal;
}

/** The way out over Discord's REST side. */
export class DiscordOutbox implements Outbox {
  readonly #api: API;
  readonly #lease: Lease;

  /**
   * @param api - over a REST side that heeds leases, see {@link underLease}
   * @param lease - when its signal aborts, requests that wait for their turn are dropped and no other is begun
   */
  constructor(api: API, lease: Lease) {
    this.#api = api;
    this.#lease = lease;
  }

  async post(piece: Piece): Promise<PostedMessage> {
    try {
      return await this.#post(piece);
    } catch (error) {
      throw this.#errorOf(error);
    }
  }

  async edit({ channelId, messageId, text }: Edit): Promise<void> {
    const change = { content: text, allowed_mentions: ALLOWED_MENTIONS };
    try {
      await this.#write((options) => this.#api.channels.editMessage(channelId, messageId, change, options));
    } catch (error) {
      throw this.#errorOf(error);
    }
  }

  async remove(channelId: string, messageId: string): Promise<void> {
    try {
      await this.#write((options) => this.#api.channels.deleteMessage(channelId, messageId, options));
    } catch (error) {
      if (isCode(error, RESTJSONErrorCodes.UnknownMessage)) return;
      throw this.#errorOf(error);
    }
  }

  async showTyping(channelId: string): Promise<void> {
    await this.#api.channels.showTyping(channelId, { signal: this.#lease.signal });
  }

  async #post(piece: Piece): Promise<PostedMessage> {
    try {
      return await this.#write((options) => this.#create(piece, options), piece);
    } catch (error) {
      if (!isCode(error, NO_READ_MESSAGE_HISTORY)) throw error;
      return this.#write((options) => this.#create({ ...piece, replyTo: undefined }, options), piece);
    }
  }

  /** What is tried again meets the same test anew: by then another host may have finished the answer. */
  async #write<Result>(
    request: (options: RequestOptions) => Promise<Result>,
    { needsNoLease = false }: Pick<Piece, 'needsNoLease'> = {},
  ): Promise<Result> {
    const { signal } = this.#lease;
    const send = (): Promise<Result> => request({ signal });
    if (needsNoLease) return retryTransient(send, signal);
    // It may take long. Between two tries Discord would forget the nonce of a piece that had arrived after all.
    await this.#lease.held();
    return retryTransient(() => underLease(this.#lease, send), signal);
  }

  /** Who lost the lease has nothing to say about the delivery: that is another host's by now. */
  #errorOf(error: unknown): Error {
    const { agentId, signal } = this.#lease;
    const isLost = signal.aborted || error instanceof LeaseLostError;
    return isLost ? new LeaseLostError(agentId) : deliveryErrorOf(error);
  }

  /** The nonce keeps a piece from being posted twice when a try that seemed to fail had arrived after all. */
  async #create({ channelId, text, nonce, replyTo }: Piece, options: RequestOptions): Promise<PostedMessage> {
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
    const message = await this.#api.channels.createMessage(channelId, body, options);
    return { id: message.id, text: message.content };
  }
}

function isCode(error: unknown, code: number): boolean {
  return error instanceof DiscordAPIError && Number(error.code) === code;
}
