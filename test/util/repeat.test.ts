import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { repeat } from '../../src/util/repeat.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
const heard: string[] = [];
const watch = {
  broke: (error: unknown): void => {
    heard.push(error instanceof Error ? error.message : 'something else');
  },
  mended: (): void => {
    heard.push('mended');
  },
};
afterEach(() => {
  heard.length = 0;
  vi.useRealTimers();
});

it('hears within ten seconds that a wait of a day is to be shorter', async () => {
  let interval = 86_400_000;
  let runs = 0;
  const repeating = repeat(
    () => {
      runs += 1;
      return Promise.resolve();
    },
    () => interval,
    { watch },
  );
  await vi.advanceTimersByTimeAsync(60_000);
  expect(runs).toBe(0);
  interval = 1_000;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(runs).toBeGreaterThan(0);
  await repeating.stop();
});

it('waits for a long interval as a whole', async () => {
  let runs = 0;
  const repeating = repeat(
    () => {
      runs += 1;
      return Promise.resolve();
    },
    () => 25_000,
    { watch },
  );
  await vi.advanceTimersByTimeAsync(24_000);
  expect(runs).toBe(0);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(runs).toBe(1);
  await repeating.stop();
});

it('goes on after a task that throws, later each time, and says so', async () => {
  const runs: number[] = [];
  const began = Date.now();
  let isBroken = true;
  const repeating = repeat(
    () => {
      runs.push(Date.now() - began);
      return isBroken ? Promise.reject(new Error(`run ${String(runs.length)}`)) : Promise.resolve();
    },
    () => 100,
    { watch, restart: { base: 1_000, cap: 4_000 } },
  );
  await vi.advanceTimersByTimeAsync(100 + 1_100 + 2_100 + 4_100);
  expect(heard).toEqual(['run 1', 'run 2', 'run 3', 'run 4']);
  isBroken = false;
  await vi.advanceTimersByTimeAsync(4_100);
  expect(heard.at(-1)).toBe('mended');
  await vi.advanceTimersByTimeAsync(200);
  expect(runs.length).toBeGreaterThanOrEqual(6);
  await repeating.stop();
  expect(heard.filter((word) => word === 'mended')).toHaveLength(1);
});

it.each([
  ['an interval', () => Promise.resolve()],
  ['what comes first', () => Promise.reject(new Error('at first'))],
])('does not end, nor spin, when %s throws', async (_, before) => {
  let isBroken = true;
  let runs = 0;
  const repeating = repeat(
    () => {
      runs += 1;
      return Promise.resolve();
    },
    () => {
      if (isBroken) throw new Error('no interval');
      return 10;
    },
    { watch, first: before() },
  );
  await vi.advanceTimersByTimeAsync(2_999);
  expect(heard.length).toBeLessThanOrEqual(2);
  isBroken = false;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(runs).toBeGreaterThan(0);
  await repeating.stop();
});
