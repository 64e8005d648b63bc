import { expect, it } from 'vitest';
import { SeenMessages } from '../../src/discord/seen-messages.ts';

it('is at the newest message once all were taken in, in whatever order they ended', () => {
  const seen = new SeenMessages('100');
  expect(seen.mark).toBe('100');
  for (const id of ['101', '105', '103']) seen.begin(id);
  seen.done('105');
  expect(seen.mark).toBe('100');
  seen.done('101');
  expect(seen.mark).toBe('102');
  seen.done('103');
  expect(seen.mark).toBe('105');
});

it('compares ids as numbers, also where one is longer', () => {
  const seen = new SeenMessages('999999999999999999');
  seen.begin('1000000000000000000');
  expect(seen.mark).toBe('999999999999999999');
  seen.done('1000000000000000000');
  expect(seen.mark).toBe('1000000000000000000');
});

it('stays below a message that nobody took in', () => {
  const seen = new SeenMessages(undefined);
  seen.begin('7');
  seen.begin('8');
  seen.done('8');
  expect(seen.mark).toBe('6');
});

it('never goes back when an older message comes again', () => {
  const seen = new SeenMessages(undefined);
  seen.begin('50');
  seen.done('50');
  expect(seen.mark).toBe('50');
  seen.begin('20');
  expect(seen.mark).toBe('50');
});

it('stays where it is while something earlier may be missing', () => {
  const seen = new SeenMessages('10');
  seen.hold();
  seen.begin('90');
  seen.done('90');
  expect(seen.mark).toBe('10');
  seen.release();
  expect(seen.mark).toBe('90');
});

it('knows nothing before anything came', () => {
  expect(new SeenMessages(undefined).mark).toBeUndefined();
});
