import type { Edit, Outbox, Piece } from '../../src/messages/outbox.ts';

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
  readonly #texts: string[] = [];

  /** The messages as they read now, in order. */
  get texts(): readonly string[] {
    return this.#texts;
  }

  async post(piece: Piece): Promise<string> {
    await this.beforePost(piece);
    this.posts.push(piece);
    return String(this.#texts.push(piece.text));
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
