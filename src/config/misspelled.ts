import type { Environment } from './environment.ts';
import { ALL_SETTINGS } from './settings.ts';
import { textOf } from './sources.ts';

/** Shorter names have near neighbours that are somebody else's, such as HTTPS_PORT. */
const MIN_LENGTH = 10;
const MAX_DISTANCE = 2;

/** What many names end in, so that only the rest tells them apart: ZAI_API_KEY is no misspelt XAI_API_KEY. */
const COMMON_ENDING = /_(API_KEY|BASE_URL)$/;
const MIN_REST = 6;

/**
 * One sentence for each variable that is not ours but nearly: in another case, or one or two letters away from
 * a long name of ours that is itself not set.
 */
export function misspelled(env: Environment): string[] {
  const missing = [...ALL_SETTINGS.keys()].filter((name) => isLong(name) && textOf(env, name) === '');
  return Object.keys(env)
    .filter((name) => !ALL_SETTINGS.has(name) && textOf(env, name) !== '')
    .flatMap((name) => {
      const meant = missing.find((candidate) => isNear(name.toUpperCase(), candidate));
      return meant === undefined ? [] : [`${name} means nothing here; was ${meant} meant?`];
    });
}

function isLong(name: string): boolean {
  const rest = name.replace(COMMON_ENDING, '');
  return rest === name ? name.length >= MIN_LENGTH : rest.length >= MIN_REST;
}

function isNear(a: string, b: string): boolean {
  return Math.abs(a.length - b.length) <= MAX_DISTANCE && editDistance(a, b) <= MAX_DISTANCE;
}

/** Levenshtein's distance: how many letters must be put in, taken out or changed to get from one to the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [index, letter] of Array.from(a).entries()) {
    const next = [index + 1];
    for (const [column, other] of Array.from(b).entries()) {
      const changed = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
