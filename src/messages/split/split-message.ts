import { findFences } from './code-fences.ts';
import { nextPiece } from './next-piece.ts';

/** The smallest limit that {@link splitMessage} can keep. */
export const MIN_MESSAGE_LENGTH = 16;

/**
 * Splits a text into pieces of at most `limit` UTF-16 units, of which there are never fewer than of the
 * characters that Discord counts. It cuts at ends of paragraphs, lines, sentences or words; a word that is longer than a piece is cut between characters.
 *
 * A code block stays whole where one piece can hold it, and moves to the next piece for that. One that is too
 * long is closed at the end of a piece and opened again, with its language, at the beginning of the next; a block
 * that the text leaves open is closed, and one without a language that holds only white space and does not fit is
 * left out. So every piece has balanced code blocks ({@link findFences} says what
 * counts as one).
 *
 * What is lost, besides what is added for code blocks: between two pieces, white space; within a code block only
 * the line break between two pieces, white space that fills a whole piece, and blank lines before the closing
 * backticks when these begin a piece. Indentation of code stays. No piece is blank; a blank text has none. A text
 * that fits comes back as it is, white space around it included.
 *
 * The time that it takes grows with the text, not faster.
 *
 * @throws RangeError when the limit is below {@link MIN_MESSAGE_LENGTH}
 */
export function splitMessage(text: string, limit: number): string[] {
  if (!(limit >= MIN_MESSAGE_LENGTH))
    throw new RangeError(`a message must hold ${MIN_MESSAGE_LENGTH} characters`);
  const source = { text, limit, fences: findFences(text, limit), grows: false };
  const pieces: string[] = [];
  let at = 0;
  let next = 0;
  while (at < text.length) {
    while ((source.fences[next]?.end ?? Infinity) <= at) next++;
    const piece = nextPiece(source, at, next);
    if (piece === undefined) break;
    if (piece.content.trim() !== '') pieces.push(piece.content);
    at = piece.resumeAt;
  }
  return pieces;
}
