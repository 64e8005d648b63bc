import type { Recollection, Turn } from '../memory/memory-store.ts';
import { estimateTokens } from './tokens.ts';

/** How much of a memory a model sees. */
export interface WindowLimits {
  readonly turns: number;
  /** Of all these turns together, estimated. */
  readonly tokens: number;
}

/** The newest turns that fit, oldest first, without those that the summary stands for. */
export function windowOf(
  { turns, summary }: Pick<Recollection, 'turns' | 'summary'>,
  limits: WindowLimits,
): Turn[] {
  const open = summary === undefined ? turns : turns.filter(({ exchangeId }) => exchangeId > summary.until);
  return open.slice(open.length - fitting(open, limits));
}

/**
 * The oldest turns that are to be condensed, so that half of the window is free again: none as long as everything
 * fits.
 *
 * @param turns - all that no summary stands for, oldest first
 */
export function turnsToCondense(turns: readonly Turn[], limits: WindowLimits): readonly Turn[] {
  if (fitting(turns, limits) === turns.length) return [];
  const half = { turns: Math.floor(limits.turns / 2), tokens: Math.floor(limits.tokens / 2) };
  return turns.slice(0, turns.length - fitting(turns, half));
}

/** How many of the newest turns fit. */
function fitting(turns: readonly Turn[], limits: WindowLimits): number {
  let count = 0;
  let tokens = 0;
  for (const turn of turns.toReversed()) {
    tokens += tokensOf(turn);
    if (count === limits.turns || tokens > limits.tokens) break;
    count += 1;
  }
  return count;
}

function tokensOf({ question, answer }: Turn): number {
  return estimateTokens(question) + estimateTokens(answer);
}
