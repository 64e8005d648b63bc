import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWindow } from '../../src/util/window.ts';
import { turns } from '../support/turns.ts';

describe('a window', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('lets no more tasks run than it has places, and begins them in the order of asking', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.boolean(), { maxLength: 25 }),
        async (scheduler, places, fates) => {
          const window = createWindow(places, 5_000);
          const begun: number[] = [];
          let running = 0;
          let most = 0;
          const all = fates.map((succeeds, index) =>
            window.run(async () => {
              begun.push(index);
              running += 1;
              most = Math.max(most, running);
              await scheduler.schedule(Promise.resolve());
              running -= 1;
              if (!succeeds) throw new Error('failed');
              return index;
            }),
          );
          const results = await scheduler.waitFor(Promise.allSettled(all));
          expect(begun).toEqual(fates.map((_, index) => index));
          expect(most).toBe(Math.min(places, fates.length));
          expect(results.map(({ status }) => status === 'fulfilled')).toEqual(fates);
        },
      ),
    );
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives the place of a task that hangs to the next, but still hands back what it returns in the end', async () => {
    const window = createWindow(1, 5_000);
    const stuck = Promise.withResolvers<string>();
    const first = window.run(() => stuck.promise);
    let begun = false;
    const second = window.run(() => {
      begun = true;
      return Promise.resolve('second');
    });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(begun).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await expect(second).resolves.toBe('second');
    stuck.resolve('first');
    await expect(first).resolves.toBe('first');
  });

  it('does not count a place twice when a task ends after it gave its place up', async () => {
    const window = createWindow(1, 5_000);
    const stuck = Promise.withResolvers<undefined>();
    const first = window.run(() => stuck.promise);
    await vi.advanceTimersByTimeAsync(5_000);
    stuck.resolve(undefined);
    await first;
    let running = 0;
    const ends = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const others = ends.map((end) =>
      window.run(async () => {
        running += 1;
        await end.promise;
      }),
    );
    await turns();
    expect(running).toBe(1);
    for (const end of ends) end.resolve(undefined);
    await Promise.all(others);
  });
});
