import { findFences, settledLength } from './code-fences.ts';
import { nextPiece, type Source } from './next-piece.ts';
import { splitMessage } from './split-message.ts';

/** A text that is split while it grows. */
export interface GrowingSplit {
  /** Appends to the text. */
  push(text: string): void;
  /**
   * The pieces as they are to be shown now, each within the limit and with whole code blocks. All but the last are as
   * they will be in the end; the last grows, and may be complete as well. Empty while there is nothing to see.
   */
  pieces(): readonly string[];
  /** The pieces of the whole text, just as {@link splitMessage} gives them. Nothing may follow. */
  end(): readonly string[];
}

/**
 * Splits a text that comes bit by bit. A piece is cut off only once nothing that may follow can change the cut.
 *
 * @param limit - as for {@link splitMessage}
 */
export function createGrowingSplit(limit: number): GrowingSplit {
  const complete: string[] = [];
  let text = '';
  let at = 0;
  let chunks: string[] = [];
  /** The last look of the piece that begins at `at`. */
  let look: { readonly at: number; readonly content: string } | undefined;

  function read(): void {
    text += chunks.join('');
    chunks = [];
  }

  /** Cuts off what is decided. */
  function cut(): void {
    if (text.length - at <= limit / 2) return;
    const settled = text.slice(0, settledLength(text, limit));
    const source = { text: settled, limit, fences: findFences(settled, limit), grows: true };
    while (at < settled.length) {
      const piece = nextPiece(source, at, fenceBehind(source, at));
      if (piece === undefined) return;
      if (piece.content.trim() !== '') complete.push(piece.content);
      at = piece.resumeAt;
    }
  }

  /**
   * What is to be seen of the piece that begins at `at`. It never shrinks: a code block that may have to move to the
   * next piece as a whole stays in sight until that is decided.
   */
  function growing(): string | undefined {
    const content = pieceSoFar();
    if (look?.at === at && (content?.length ?? 0) < look.content.length) return look.content;
    look = content === undefined ? undefined : { at, content };
    return content;
  }

  /** How the piece that begins at `at` looks when the text ends here. */
  function pieceSoFar(): string | undefined {
    const shown = text.slice(0, Math.max(at, visibleLength(text, limit)));
    const source = { text: shown, limit, fences: findFences(shown, limit), grows: false };
    let from = at;
    while (from < shown.length) {
      const piece = nextPiece(source, from, fenceBehind(source, from));
      if (piece === undefined) return undefined;
      if (/[^\s`]/.test(piece.content)) return piece.content.trimEnd();
      from = piece.resumeAt;
    }
    return undefined;
  }

  return {
    push(more) {
      chunks.push(more);
    },
    pieces() {
      read();
      cut();
      const last = growing();
      return last === undefined ? complete.slice() : [...complete, last];
    },
    end() {
      read();
      return splitMessage(text, limit);
    },
  };
}

/** The index of the first fence that ends behind a place. */
function fenceBehind({ fences }: Source, at: number): number {
  const index = fences.findIndex(({ end }) => end > at);
  return index < 0 ? fences.length : index;
}

/** The text without a code block at its end that has no code yet. */
function visibleLength(text: string, limit: number): number {
  const last = findFences(text, limit).at(-1);
  const isBlank =
    last?.end === text.length && last.close === text.length && text.slice(last.body).trim() === '';
  return isBlank ? last.open : text.length;
}
