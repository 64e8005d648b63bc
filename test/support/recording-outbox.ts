import type { Outbox, Piece } from '../../src/messages/outbox.ts';

/** An outbox that keeps what was posted. */
export class RecordingOutbox implements Outbox {
  /** What was posted, in order. */
  readonly posts: Piece[] = [];
  /** Channels in which typing was asked for, in order. */
  readonly typing: string[] = [];
  /** What becomes of a piece before it is posted: throw to lose it. */
  beforePost: (piece: Piece) => Promise<void> = () => Promise.resolve();
  /** What becomes of a typing request. */
  onTyping: () => Promise<void> = () => Promise.resolve();

  async post(piece: Piece): Promise<string> {
    await this.beforePost(piece);
    this.posts.push(piece);
    return String(this.posts.length);
  }

  showTyping(channelId: string): Promise<void> {
    this.typing.push(channelId);
    return this.onTyping();
  }
}
