import type { Exchange } from './exchange.ts';
import { nonceOf } from './nonce.ts';

/** The messages on Discord that an answer is made of. One request is under way at a time. */
export class AnswerMessages {
  readonly #exchange: Exchange;
  readonly #signal: AbortSignal;
  readonly #posted: { readonly id: string; text: string }[] = [];
  #wanted: readonly string[] = [];
  #hasFailedEdit = false;

  /** @param signal - when it aborts, nothing more is posted or edited */
  constructor(exchange: Exchange, signal: AbortSignal) {
    this.#exchange = exchange;
    this.#signal = signal;
  }

  /** The texts of the messages that were posted. */
  get shown(): readonly string[] {
    return this.#posted.map(({ text }) => text);
  }

  /** What the messages are to show, shown or not. */
  get wanted(): readonly string[] {
    return this.#wanted;
  }

  /** Whether the message that was posted last could not be changed when that was last tried. */
  get hasFailedEdit(): boolean {
    return this.#hasFailedEdit;
  }

  /** Says what the messages are to show, without showing it. */
  want(pieces: readonly string[]): void {
    this.#wanted = pieces;
  }

  /**
   * Edits the last message that was posted, if its text is another, and posts the pieces behind it: the first replies
   * to the message that is answered, the others follow it. Pieces before the last posted one never change.
   *
   * @throws {DeliveryError}
   */
  async show(pieces: readonly string[]): Promise<void> {
    this.#wanted = pieces;
    const { recipient, message, exchangeId } = this.#exchange;
    const { channelId } = message;
    for (let index = Math.max(0, this.#posted.length - 1); index < pieces.length; index++) {
      this.#signal.throwIfAborted();
      const text = pieces[index] ?? '';
      const last = this.#posted[index];
      if (last === undefined) {
        const nonce = nonceOf(exchangeId, index);
        const replyTo = index === 0 ? message.id : undefined;
        const id = await recipient.outbox.post({ channelId, text, nonce, replyTo });
        this.#posted.push({ id, text });
      } else if (last.text.trimEnd() !== text.trimEnd()) {
        await this.#edit(last, text);
      }
    }
  }

  async #edit(last: { readonly id: string; text: string }, text: string): Promise<void> {
    const { recipient, message } = this.#exchange;
    try {
      await recipient.outbox.edit({ channelId: message.channelId, messageId: last.id, text });
      last.text = text;
      this.#hasFailedEdit = false;
    } catch (error) {
      this.#hasFailedEdit = true;
      throw error;
    }
  }
}
