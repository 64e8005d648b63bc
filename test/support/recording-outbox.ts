import type { Edit, Outbox, Piece, PostedMessage } from '../../src/messages/outbox.ts';

/** An outbox that keeps what was posted. */
export class RecordingOutbox implements Outbox {
  /** What was posted, in order. The id of a message is its number, from 1. */
  readonly posts: Piece[] = [];
  /** How posts were changed, in order. */
  readonly edits: Edit[] = [];
  /** Channels in which typing was asked for, in order. */
  readonly typing: string[] = [];
  /** What becomes of a piece before it is posted: throw to lose it. */
  beforePost: (piece: Piece) => Promise<void> = () => Promise.resolve();
  /** What becomes of an edit before it is made: throw to lose it. */
  beforeEdit: (edit: Edit) => Promise<void> = () => Promise.resolve();
  /** What becomes of a typing request. */
  onTyping: () => Promise<void> = () => Promise.resolve();
  readonly #texts: (string | undefined)[] = [];
  readonly #nonces = new Map<string, string>();

  /** The messages as they read now, in order. */
  get texts(): readonly string[] {
    return this.#texts.filter((text) => text !== undefined);
  }

  /** Forgets which nonces were used, as Discord does after some minutes. */
  forgetNonces(): void {
    this.#nonces.clear();
  }

  async post(piece: Piece): Promise<PostedMessage> {
    await this.beforePost(piece);
    const known = this.#nonces.get(piece.nonce);
    if (known !== undefined) return { id: known, text: this.#texts[Number(known) - 1] };
    this.posts.push(piece);
    const id = String(this.#texts.push(piece.text));
    this.#nonces.set(piece.nonce, id);
    return { id, text: piece.text };
  }

  remove(_channelId: string, messageId: string): Promise<void> {
    this.#texts[Number(messageId) - 1] = undefined;
    return Promise.resolve();
  }

  async edit(edit: Edit): Promise<void> {
    await this.beforeEdit(edit);
    this.edits.push(edit);
    this.#texts[Number(edit.messageId) - 1] = edit.text;
  }

  showTyping(channelId: string): Promise<void> {
    this.typing.push(channelId);
    return this.onTyping();
  }
}
