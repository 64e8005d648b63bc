import { expect, it } from 'vitest';
import { eachBounded } from '../../../src/cli/doctor/each-bounded.ts';

it('does so many at a time, all of them, with results in the order of the items', async () => {
  const released: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const results = eachBounded([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    running += 1;
    most = Math.max(most, running);
    // The last that began ends first.
    await new Promise<void>((resolve) => released.push(resolve));
    running -= 1;
    return item * 10;
  });
  for (let ended = 0; ended < 7; ended++) {
    await Promise.resolve();
    released.pop()?.();
    await new Promise(setImmediate);
  }
  expect(await results).toEqual([10, 20, 30, 40, 50, 60, 70]);
  expect(most).toBe(3);
});

it('takes an empty list', async () => {
  expect(await eachBounded([], 3, () => Promise.resolve(1))).toEqual([]);
});
