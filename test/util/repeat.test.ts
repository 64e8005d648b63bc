import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { repeat } from '../../src/util/repeat.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
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
  );
  await vi.advanceTimersByTimeAsync(24_000);
  expect(runs).toBe(0);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(runs).toBe(1);
  await repeating.stop();
});
