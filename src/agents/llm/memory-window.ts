import type { Recollection, Turn } from '../../memory/memory-store.ts';
import { cutToTokens, estimateTokens } from '../tokens.ts';

/** How much of a memory a model sees. */
export interface WindowLimits {
  readonly turns: number;
  /** Of all these turns together, estimated. */
  readonly tokens: number;
}

/**
 * The newest turns that fit, oldest first, without those that the summary stands for. A newest turn that does not fit
 * by itself is there all the same, cut: what was said last is never out of sight.
 */
export function windowOf(
  { turns, summary }: Pick<Recollection, 'turns' | 'summary'>,
  limits: WindowLimits,
): Turn[] {
  const open = summary === undefined ? turns : turns.filter(({ exchangeId }) => exchangeId > summary.until);
  const count = fitting(open, limits);
  const newest = open.at(-1);
  if (count > 0 || newest === undefined || limits.turns === 0) return open.slice(open.length - count);
  return [cutTurn(newest, limits.tokens)];
}

function cutTurn(turn: Turn, tokens: number): Turn {
  const question = cutToTokens(turn.question, tokens / 2);
  return { ...turn, question, answer: cutToTokens(turn.answer, tokens - estimateTokens(question)) };
}

/**
 * The oldest turns that are to be condensed, so that half of the window is free again: none as long as everything
 * fits. No more of them than have together twice the tokens of a window: the rest is for the next time.
 *
 * @param turns - all that no summary stands for, oldest first
 */
export function turnsToCondense(turns: readonly Turn[], limits: WindowLimits): readonly Turn[] {
  if (fitting(turns, limits) === turns.length) return [];
  const half = { turns: Math.floor(limits.turns / 2), tokens: Math.floor(limits.tokens / 2) };
  const old = turns.slice(0, turns.length - fitting(turns, half));
  let tokens = 0;
  const end = old.findIndex((turn) => (tokens += tokensOf(turn)) > limits.tokens * 2);
  return end < 0 ? old : old.slice(0, Math.max(1, end)).map((turn) => cutTurn(turn, limits.tokens * 2));
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
