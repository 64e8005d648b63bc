import { inSpan, type Span, type SpanAttributes } from '../observability/tracing.ts';
import type { Exchange } from './exchange.ts';
import type { Journal } from './journal.ts';
import { isNonceAlive, nonceOf } from './nonce.ts';
import { DeliveryError, isUnreachable, type PostedMessage } from './outbox.ts';

/** What {@link AnswerMessages} works with. */
export interface AnswerMessagesTools {
  readonly journal: Pick<Journal, 'flush' | 'posted' | 'stream'>;
  readonly now: () => number;
}

/** The messages on Discord that an answer is made of. One request is under way at a time. */
export class AnswerMessages {
  readonly #exchange: Exchange;
  readonly #tools: AnswerMessagesTools;
  readonly #signal: AbortSignal;
  #posted: { readonly id: string; text: string | undefined }[] = [];
  #wanted: readonly string[] = [];
  #hasFailedEdit = false;
  #isOnRecord = false;
  /** When a message may have been posted that is not known of; undefined: all are known. In milliseconds. */
  #unsureSince: number | undefined;

  /** @param signal - when it aborts, nothing more is posted or edited */
  constructor(exchange: Exchange, tools: AnswerMessagesTools, signal: AbortSignal) {
    this.#exchange = exchange;
    this.#tools = tools;
    this.#signal = signal;
    this.#unsureSince = exchange.earlier?.answeredAt?.getTime();
  }

  /** When a message may have been posted that Discord no longer knows by its nonce: the channel has to be read first. */
  get hasToLook(): Date | undefined {
    const since = this.#unsureSince;
    return since === undefined || isNonceAlive(since, this.#tools.now()) ? undefined : new Date(since);
  }

  /** The ids of the messages that were posted. */
  get ids(): readonly string[] {
    return this.#posted.map(({ id }) => id);
  }

  /** The texts of the messages that were posted, as far as they are known. */
  get shown(): readonly string[] {
    return this.#posted.map(({ text }) => text ?? '');
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

  /** Nobody can tell what else was posted: from now on only what is known counts. */
  stopLooking(): void {
    this.#unsureSince = undefined;
  }

  /**
   * Goes on with messages that were posted before.
   *
   * @param isAll - whether there are no others: somebody has looked
   */
  adopt(posted: readonly PostedMessage[], isAll: boolean): void {
    this.#posted = posted.map(({ id, text }) => ({ id, text }));
    if (isAll) this.#unsureSince = undefined;
  }

  /**
   * Shows an answer that is not complete yet; on record before its first message is posted.
   *
   * @throws {DeliveryError}; what the journal throws
   */
  async showGrowth(pieces: readonly string[]): Promise<void> {
    this.#wanted = pieces;
    // Whoever completes the answer looks.
    if (this.hasToLook !== undefined) return;
    const { journal } = this.#tools;
    if (!this.#isOnRecord) {
      const { exchangeId, recipient, span } = this.#exchange;
      await inSpan(span, 'journal stream', {}, () => journal.stream(exchangeId, recipient.lease));
      this.#isOnRecord = true;
    }
    // While the answer grows nobody else can tell its later messages: each is on record before the next.
    if (this.#posted.length > 0 && pieces.length > this.#posted.length) await journal.flush();
    await this.show(pieces);
  }

  /**
   * Brings the messages to these texts: edits those that read otherwise and posts the pieces behind them, the first in
   * reply to the message that is answered. Messages that are too many go.
   *
   * @throws {DeliveryError}
   */
  async show(pieces: readonly string[]): Promise<void> {
    this.#wanted = pieces;
    for (const [index, text] of pieces.entries()) {
      const message = this.#posted[index];
      if (message === undefined) await this.#post(text, index);
      else if (message.text?.trimEnd() !== text.trimEnd()) await this.#edit(message, text);
    }
    while (this.#posted.length > pieces.length) await this.#removeLast();
  }

  async #post(text: string, index: number): Promise<void> {
    const { recipient, message, exchangeId, span } = this.#exchange;
    await this.#mayWrite();
    if (this.hasToLook !== undefined) {
      // Certainty about the lease took its time.
      throw new DeliveryError('discord-unreachable', 'what was posted before has to be looked for first');
    }
    const began = this.#tools.now();
    const mayBeThere = this.#unsureSince !== undefined;
    const piece = {
      channelId: message.channelId,
      text,
      nonce: nonceOf(exchangeId, index),
      replyTo: index === 0 ? message.id : undefined,
    };
    const posted = await writing(span, 'discord post', { 'troupe.piece': index }, async (post) => {
      const message = await recipient.outbox.post(piece);
      post?.set({ 'discord.message.id': message.id });
      return message;
    }).catch((error: unknown) => {
      if (isUnreachable(error)) this.#unsureSince ??= began;
      throw error;
    });
    const entry = { id: posted.id, text: text as string | undefined };
    this.#posted.push(entry);
    // What another process may have posted behind it is still not known.
    if (this.#exchange.earlier === undefined) this.#unsureSince = undefined;
    this.#tools.journal.posted(exchangeId, this.ids, recipient.lease);
    // A try before this one may have posted it, and then it has the text of that time.
    if (mayBeThere && posted.text?.trimEnd() !== text.trimEnd()) await this.#edit(entry, text);
  }

  async #edit(entry: { readonly id: string; text: string | undefined }, text: string): Promise<void> {
    const { recipient, message, span } = this.#exchange;
    await this.#mayWrite();
    try {
      await writing(span, 'discord edit', { 'discord.message.id': entry.id }, () =>
        recipient.outbox.edit({ channelId: message.channelId, messageId: entry.id, text }),
      );
      entry.text = text;
      this.#hasFailedEdit = false;
    } catch (error) {
      this.#hasFailedEdit = true;
      throw error;
    }
  }

  async #removeLast(): Promise<void> {
    const { recipient, message, span } = this.#exchange;
    const last = this.#posted.at(-1);
    if (last === undefined) return;
    await this.#mayWrite();
    await writing(span, 'discord delete', { 'discord.message.id': last.id }, () =>
      recipient.outbox.remove(message.channelId, last.id),
    );
    this.#posted.pop();
  }

  /** The lease may have been lost while the last request was under way. */
  async #mayWrite(): Promise<void> {
    this.#signal.throwIfAborted();
    await this.#exchange.recipient.lease.held();
    this.#signal.throwIfAborted();
  }
}

/** A request to Discord, in a span of its own. */
function writing<Result>(
  parent: Span | undefined,
  name: string,
  attributes: SpanAttributes,
  work: (span: Span | undefined) => Promise<Result>,
): Promise<Result> {
  return inSpan(parent, name, { kind: 'client', attributes }, work);
}
