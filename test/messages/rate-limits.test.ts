import { describe, expect, it } from 'vitest';
import { createRateLimits } from '../../src/messages/rate-limits.ts';

describe('a rate limit', () => {
  it('lets so many through in any minute', () => {
    const limits = createRateLimits();
    const taken = [0, 20_000, 40_000, 59_999, 60_000, 60_001, 80_000, 100_000].map((now) =>
      limits.take('ada', 3, now),
    );
    expect(taken).toEqual([true, true, true, false, true, false, true, true]);
  });

  it('says when the next is let through', () => {
    const limits = createRateLimits();
    for (const now of [0, 10_000]) limits.take('ada', 2, now);
    expect(limits.retryAt('ada', 2, 30_000)).toBe(60_000);
    expect(limits.retryAt('ada', 3, 30_000)).toBe(30_000);
    expect(limits.retryAt('bob', 2, 30_000)).toBe(30_000);
  });

  it('does not count what was refused, so that waiting always helps', () => {
    const limits = createRateLimits();
    limits.take('ada', 1, 0);
    for (let now = 1_000; now < 60_000; now += 1_000) expect(limits.take('ada', 1, now)).toBe(false);
    expect(limits.take('ada', 1, 60_000)).toBe(true);
  });

  it('holds for each user alone', () => {
    const limits = createRateLimits();
    expect(['ada', 'bob', 'ada'].map((user) => limits.take(user, 1, 0))).toEqual([true, true, false]);
  });

  it('holds at once when it is lowered', () => {
    const limits = createRateLimits();
    for (const now of [0, 1, 2]) limits.take('ada', 5, now);
    expect(limits.take('ada', 2, 3)).toBe(false);
  });

  it('keeps those in mind who came back lately', () => {
    const limits = createRateLimits();
    limits.take('ada', 2, 0);
    for (let user = 1; user < 10_000; user++) limits.take(String(user), 2, user);
    limits.take('ada', 2, 10_000);
    limits.take('bob', 2, 10_001);
    expect(limits.take('ada', 2, 10_002)).toBe(false);
  });

  it('forgets the users of long ago first when there are too many', () => {
    const limits = createRateLimits();
    for (let user = 0; user <= 10_000; user++) limits.take(String(user), 1, user);
    expect(limits.take('10000', 1, 10_001)).toBe(false);
    expect(limits.take('0', 1, 10_001)).toBe(true);
  });
});
