import { bestCut } from './best-cut.ts';
import type { Fence } from './code-fences.ts';

/** A text that is being cut into pieces. */
export interface Source {
  readonly text: string;
  readonly limit: number;
  readonly fences: readonly Fence[];
  /** Whether more may follow. */
  readonly grows: boolean;
}

/** What goes into one message. */
export interface CutPiece {
  /** Blank when there was only white space. */
  readonly content: string;
  /** Where the next piece begins in the text. */
  readonly resumeAt: number;
}

/**
 * The piece that begins at `at`, which must be within the text.
 *
 * @param next - the index of the first fence that ends behind `at`
 * @returns undefined when what may follow has a say in it; never when nothing may
 */
export function nextPiece(source: Source, at: number, next: number): CutPiece | undefined {
  const piece = cutPiece(source, at, next);
  // Only ink tells where the next piece begins.
  return source.grows && piece !== undefined && piece.resumeAt >= source.text.length ? undefined : piece;
}

function cutPiece(source: Source, at: number, next: number): CutPiece | undefined {
  const { text, limit, fences, grows } = source;
  const first = fences[next];
  const inside = first !== undefined && first.open < at ? first : undefined;
  const prefix = inside?.reopening ?? '';
  const max = at + limit - prefix.length;

  if (grows && text.length <= max) return undefined;
  const skipped = inside === undefined ? undefined : skipBlankCode(text, inside, at, max);
  if (skipped !== undefined) return { content: '', resumeAt: skipped };

  const straddling = fenceAcross(source, next, max);
  if (straddling !== undefined) return cutAtFence(source, at, max, prefix, straddling);
  if (text.length <= max)
    return { content: prefix + text.slice(at) + missingEnd(source), resumeAt: text.length };

  const length = bestCut(withoutCode(source, at, next), 0, max - at, grows && text.length < at + 2 * limit);
  if (length === undefined) return undefined;
  const cut = at + length;
  return { content: prefix + text.slice(at, cut).trimEnd(), resumeAt: firstInk(text, cut) };
}

/** Before the fence if it fits into the next piece, or too little of it into this one; else within. */
function cutAtFence(
  { text, limit, grows }: Source,
  at: number,
  max: number,
  prefix: string,
  fence: Fence,
): CutPiece | undefined {
  const mayGrow = grows && fence.close === text.length;
  const room = max - 1 - fence.closing.length;
  if (at < fence.open) {
    const before = prefix + text.slice(at, fence.open).trimEnd();
    const fitsNext = endOf(text, fence) - fence.open <= limit;
    const hardlyBegins = room - fence.body < limit / 4;
    const staysWhole = before === '' || hardlyBegins;
    if (!staysWhole && mayGrow && text.length + fence.closing.length - fence.open <= limit) return undefined;
    if (staysWhole || fitsNext) return { content: before, resumeAt: fence.open };
  }

  const cut = codeCut(text, Math.max(at, fence.body), room, grows);
  if (cut === undefined || (mayGrow && firstInk(text, cut) === text.length)) return undefined;
  const resumeAt = text[cut] === '\n' ? cut + 1 : cut;
  if (at <= fence.open && beginsBlank(text, fence, cut)) {
    return { content: prefix + text.slice(at, fence.open).trimEnd(), resumeAt };
  }
  const code = text.slice(at, text[cut] === '\n' && text[cut - 1] === '\r' ? cut - 1 : cut);
  return { content: prefix + closed(code, fence), resumeAt };
}

/** Code is cut at the end of a line, however early, unless a single line is too long. */
function codeCut(text: string, min: number, max: number, grows: boolean): number | undefined {
  const cut = bestCut(text, min, max, grows);
  if (cut === undefined || text[cut] === '\n') return cut;
  const lineEnd = text.lastIndexOf('\n', max);
  return lineEnd > min ? lineEnd : cut;
}

/** Whether a cut leaves nothing but the opening, which can as well wait for the next piece. */
function beginsBlank(text: string, fence: Fence, cut: number): boolean {
  const opening = text.slice(fence.open, cut).replace(/\s+/g, '');
  return opening === fence.reopening.trim() && (/^`+$/.test(opening) || firstInk(text, cut) < fence.close);
}

/**
 * Where to go on when a piece would begin with nothing but white space up to the fence's end, or up to its own:
 * behind the fence, or at the next line with code.
 */
function skipBlankCode(text: string, fence: Fence, at: number, max: number): number | undefined {
  const ink = firstInk(text, at);
  if (ink >= fence.close) return firstInk(text, fence.end);
  const room = max - 1 - fence.closing.length - at;
  if (ink - at < room) return undefined;
  const line = text.lastIndexOf('\n', ink) + 1;
  return line > at && ink - line < room ? line : ink;
}

/** The fence that begins before `max` and is not over there, its closing included. */
function fenceAcross({ text, fences }: Source, next: number, max: number): Fence | undefined {
  let index = next;
  for (let fence = fences[index]; fence !== undefined && fence.open < max; fence = fences[++index]) {
    if (endOf(text, fence) > max) return fence;
  }
  return undefined;
}

/** Where a fence ends, or would end if the text closed it. */
function endOf(text: string, fence: Fence): number {
  return fence.end > fence.close ? fence.end : closed(text.slice(-1), fence).length - 1 + text.length;
}

function missingEnd({ text, fences }: Source): string {
  const last = fences.at(-1);
  return last === undefined || last.end > last.close ? '' : closed(text.slice(-1), last).slice(1);
}

function closed(code: string, fence: Fence): string {
  return code.endsWith('\n') ? code + fence.closing : `${code}\n${fence.closing}`;
}

/** From `at` on what a piece and the next can hold, with NUL in place of code, where no cut may fall. */
function withoutCode({ text, limit, fences }: Source, at: number, next: number): string {
  const stop = at + 2 * limit;
  let plain = '';
  let from = at;
  let index = next;
  for (let fence = fences[index]; fence !== undefined && fence.open < stop; fence = fences[++index]) {
    plain +=
      text.slice(from, fence.open) + '\0'.repeat(Math.min(stop, fence.end) - Math.max(from, fence.open));
    from = fence.end;
  }
  return plain + text.slice(from, Math.max(from, stop));
}

function firstInk(text: string, at: number): number {
  const blank = /\s*/y;
  blank.lastIndex = at;
  return at + (blank.exec(text)?.[0].length ?? 0);
}
