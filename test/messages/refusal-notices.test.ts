import { describe, expect, it } from 'vitest';
import { RefusalNotices } from '../../src/messages/refusal-notices.ts';

describe('a notice of a refusal', () => {
  it('is given again only after the interval, for each user and reason', () => {
    const notices = new RefusalNotices(1_000);
    const given = (user: string, reason: 'user-blocked' | 'rate-limited', now: number) =>
      notices.next(user, reason, now, now) !== undefined;
    expect(given('ada', 'user-blocked', 0)).toBe(true);
    expect(given('ada', 'user-blocked', 999)).toBe(false);
    expect(given('ada', 'rate-limited', 999)).toBe(true);
    expect(given('bob', 'user-blocked', 999)).toBe(true);
    expect(given('ada', 'user-blocked', 1_000)).toBe(true);
    expect(given('ada', 'rate-limited', 1_000)).toBe(false);
  });

  it('says in whole seconds when to come back, never too early', () => {
    expect(new RefusalNotices(1_000).next('ada', 'rate-limited', 0, 1_001)).toContain('<t:2:R>');
  });

  it('is not given for what is about the place', () => {
    const notices = new RefusalNotices(1_000);
    expect(notices.next('ada', 'dm-disabled', 0, 0)).toBeUndefined();
    expect(notices.next('ada', 'channel-not-allowed', 0, 0)).toBeUndefined();
  });

  it('is remembered for a bounded number of users', () => {
    const notices = new RefusalNotices(1_000_000);
    for (let user = 0; user <= 10_000; user++) notices.next(String(user), 'user-blocked', user, 0);
    expect(notices.next('10000', 'user-blocked', 10_001, 0)).toBeUndefined();
    expect(notices.next('0', 'user-blocked', 10_001, 0)).toBeDefined();
  });
});
