/** A code block: from its opening backticks to behind its closing ones. All positions are UTF-16 indices. */
export interface Fence {
  /** Where the opening backticks begin. */
  readonly open: number;
  /** Where the code begins: behind the opening line, or behind the backticks if code follows on their line. */
  readonly body: number;
  /** Where the closing backticks begin; the text's length if there are none. */
  readonly close: number;
  /** Behind the closing backticks. */
  readonly end: number;
  /** What opens the block again in another piece, line break included. */
  readonly reopening: string;
  /** What closes it where it is cut: as many backticks as opened it. */
  readonly closing: string;
}

/**
 * The code blocks of a text, in order, as Discord shows them: three backticks or more begin one, wherever on a
 * line they stand, and the next run of at least as many ends it. A run within a line that nothing ever ends is
 * not a block; one at the beginning of a line is, up to the text's end.
 *
 * Runs of more than `limit / 8` backticks (but at least 3 count) and languages longer than `limit / 4` are taken
 * for text, so that closing and reopening a block always leaves room for code.
 */
export function findFences(text: string, limit: number): Fence[] {
  return readFences(text, limit).fences;
}

/**
 * How much of the beginning of a growing text can be told apart into code and other text, whatever may follow: in it
 * {@link findFences} finds what it will find there in the whole. Only the last block, when it is open, may change: its
 * end, and its opening line while that is incomplete.
 */
export function settledLength(text: string, limit: number): number {
  let end = text.length;
  while (text[end - 1] === '`') end--;
  return readFences(text.slice(0, end), limit).doubtful ?? end;
}

/** The code blocks, and where the first backticks stand that begin one only if some later ones end it. */
function readFences(text: string, limit: number): { fences: Fence[]; doubtful: number | undefined } {
  let doubtful: number | undefined;
  const runs = findRuns(text, Math.max(3, Math.min(8, Math.floor(limit / 8))));
  const longest = longestFollowing(runs);
  const fences: Fence[] = [];
  for (let index = 0; index < runs.length; index++) {
    const opening = runs[index];
    if (opening === undefined) break;
    if ((longest[index] ?? 0) >= opening.length) {
      do index++;
      while ((runs[index]?.length ?? Infinity) < opening.length);
      fences.push(fenceOf(text, opening, runs[index], limit));
    } else if (beginsLine(text, opening.at)) {
      fences.push(fenceOf(text, opening, undefined, limit));
      break;
    } else {
      doubtful ??= opening.at;
    }
  }
  return { fences, doubtful };
}

/** Some backticks in a row. */
interface Run {
  readonly at: number;
  readonly length: number;
}

function findRuns(text: string, maxLength: number): Run[] {
  return Array.from(text.matchAll(/`{3,}/g), (match) => ({
    at: match.index,
    length: match[0].length,
  })).filter((run) => run.length <= maxLength);
}

/** For each run the length of the longest one behind it, so that looking for an end that is not there is free. */
function longestFollowing(runs: readonly Run[]): number[] {
  const longest = new Array<number>(runs.length).fill(0);
  for (let index = runs.length - 2; index >= 0; index--) {
    longest[index] = Math.max(longest[index + 1] ?? 0, runs[index + 1]?.length ?? 0);
  }
  return longest;
}

function beginsLine(text: string, at: number): boolean {
  let before = at - 1;
  while (text[before] === ' ' || text[before] === '\t') before--;
  return before < 0 || text[before] === '\n';
}

function fenceOf(text: string, opening: Run, closing: Run | undefined, limit: number): Fence {
  const close = closing?.at ?? text.length;
  const start = opening.at + opening.length;
  const marker = '`'.repeat(opening.length);
  const info = infoLine(text, start, close, Math.floor(limit / 4));
  const language = /^[ \t]*([\w+#.-]+)[ \t\r]*$/.exec(info ?? '')?.[1] ?? '';
  return {
    open: opening.at,
    body: info === undefined ? start : start + info.length + 1,
    close,
    end: close + (closing?.length ?? 0),
    reopening: `${marker}${language}\n`,
    closing: marker,
  };
}

/** What stands behind the opening backticks on their line, if the block goes on below and it is not too long. */
function infoLine(text: string, start: number, close: number, maxLength: number): string | undefined {
  const head = text.slice(start, Math.min(close, start + maxLength + 1));
  const lineEnd = head.indexOf('\n');
  return lineEnd < 0 ? undefined : head.slice(0, lineEnd);
}
