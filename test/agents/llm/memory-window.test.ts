import { describe, expect, it } from 'vitest';
import { turnsToCondense, windowOf } from '../../../src/agents/llm/memory-window.ts';
import type { Turn } from '../../../src/memory/memory-store.ts';

/** A turn of about ten tokens. */
const turn = (number: number, length = 20): Turn => ({
  exchangeId: `exchange-${String(number).padStart(3, '0')}`,
  question: 'q'.repeat(length),
  answer: 'a'.repeat(length),
  at: new Date(number),
});

const turns = (count: number): Turn[] => Array.from({ length: count }, (_, number) => turn(number));
const numbers = (kept: readonly Turn[]): number[] => kept.map(({ at }) => at.getTime());

describe('the window of a memory', () => {
  it('is its newest turns, oldest first', () => {
    const window = windowOf({ turns: turns(5), summary: undefined }, { turns: 3, tokens: 1_000 });
    expect(numbers(window)).toEqual([2, 3, 4]);
  });

  it('ends at the token budget, before the turn limit', () => {
    const window = windowOf({ turns: turns(5), summary: undefined }, { turns: 5, tokens: 20 });
    expect(numbers(window)).toEqual([3, 4]);
  });

  it('has no gap: behind a turn that does not fit, none does', () => {
    const mixed = [turn(0), turn(1, 1_000), turn(2)];
    expect(numbers(windowOf({ turns: mixed, summary: undefined }, { turns: 5, tokens: 100 }))).toEqual([2]);
  });

  it('is empty when nothing is to be seen', () => {
    expect(windowOf({ turns: turns(5), summary: undefined }, { turns: 0, tokens: 1_000 })).toEqual([]);
  });

  it('leaves out what the summary stands for', () => {
    const summary = { text: 'notes', until: 'exchange-002' };
    expect(numbers(windowOf({ turns: turns(5), summary }, { turns: 5, tokens: 1_000 }))).toEqual([3, 4]);
  });
});

describe('what is condensed', () => {
  it('is nothing as long as everything fits', () => {
    expect(turnsToCondense(turns(4), { turns: 4, tokens: 1_000 })).toEqual([]);
  });

  it('leaves half of the window, so that not every turn is condensed by itself', () => {
    expect(numbers(turnsToCondense(turns(5), { turns: 4, tokens: 1_000 }))).toEqual([0, 1, 2]);
  });

  it('follows the token budget as well', () => {
    expect(numbers(turnsToCondense(turns(5), { turns: 100, tokens: 40 }))).toEqual([0, 1, 2]);
  });
});
