import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sleep } from '../../src/util/sleep.ts';

describe('sleep', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Whether it is over, without waiting for it. */
  function watch(sleeping: Promise<void>): { over: boolean } {
    const state = { over: false };
    void sleeping.then(() => {
      state.over = true;
    });
    return state;
  }

  it('lasts as long as it was told, not less', async () => {
    const state = watch(sleep(1_000, new AbortController().signal));
    await vi.advanceTimersByTimeAsync(999);
    expect(state.over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(state.over).toBe(true);
  });

  it.each([0, -5, Number.NEGATIVE_INFINITY])(
    'is over at once when there is nothing to wait: %d ms',
    async (ms) => {
      await sleep(ms, new AbortController().signal);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it('ends early when the signal aborts, and leaves no timer behind', async () => {
    const controller = new AbortController();
    const sleeping = sleep(60_000, controller.signal);
    controller.abort();
    await sleeping;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not begin when the signal was aborted before', async () => {
    await sleep(60_000, AbortSignal.abort());
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no listener on a signal that outlives it', async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    const sleeping = sleep(10, signal);
    await vi.advanceTimersByTimeAsync(10);
    await sleeping;
    expect(added).toHaveBeenCalledOnce();
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    );
  });
});
