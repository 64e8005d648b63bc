import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keepTrying } from '../../src/discord/keep-trying.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Something that fails so often, and what is told of it. */
function failing(times: number) {
  let tries = 0;
  const waits: number[] = [];
  const task = (): Promise<string> => {
    tries += 1;
    return tries <= times ? Promise.reject(new Error(`failure ${tries}`)) : Promise.resolve('done');
  };
  const onFailure = (_: unknown, retryInMs: number): void => void waits.push(retryInMs);
  return { task, onFailure, waits, tries: () => tries };
}

it('tries until it succeeds, and waits longer and longer, up to a minute', async () => {
  const { task, onFailure, waits } = failing(8);
  const result = keepTrying(task, onFailure, new AbortController().signal);
  await vi.runAllTimersAsync();
  expect(await result).toBe('done');
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
});

it('ends with the reason of its signal while it waits, and tries no more', async () => {
  const { task, onFailure, tries } = failing(8);
  const giveUp = new AbortController();
  const result = keepTrying(task, onFailure, giveUp.signal);
  await vi.advanceTimersByTimeAsync(0);
  giveUp.abort(new Error('over'));
  await expect(result).rejects.toThrow('over');
  await vi.runAllTimersAsync();
  expect(tries()).toBe(1);
});

it('ends when whoever is told of a failure gives up', async () => {
  const { task, tries } = failing(8);
  const giveUp = (error: unknown): never => {
    throw error as Error;
  };
  await expect(keepTrying(task, giveUp, new AbortController().signal)).rejects.toThrow('failure 1');
  expect(tries()).toBe(1);
});
