/** Longest word that is compared: nobody mistypes a key into something longer. */
const MAX_LENGTH = 64;

/**
 * The candidate that somebody most likely meant by `word`; undefined when none is near enough.
 *
 * Case and punctuation do not count, so `respondToDm` is as good as `respond_to_dm`. Near enough is a third of
 * the word's letters wrong, missing, added or swapped with their neighbour, and at least one.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const meant = plain(word);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(meant.length / 3));
  for (const candidate of candidates) {
    const distance = editDistance(meant, plain(candidate));
    if (distance < bestDistance || (distance === bestDistance && best === undefined)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, one each. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substituted = at(last, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const cheapest = Math.min(at(last, column) + 1, at(current, column - 1) + 1, substituted);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(swapped ? Math.min(cheapest, at(beforeLast, column - 2) + 1) : cheapest);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
