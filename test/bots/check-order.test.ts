import { expect, it } from 'vitest';
import type { BotOrder } from '../../src/bots/bot-command.ts';
import { checkOrder } from '../../src/bots/check-order.ts';

const CHANNEL = '123456789012345678';
const activity = (text: string, type = 'watching') =>
  ({ kind: 'presence', presence: { status: 'idle', activity: { type, text } } }) as BotOrder;

it.each<[string, BotOrder]>([
  ['a text of 10,000 characters', { kind: 'say', channelId: CHANNEL, text: 'a'.repeat(10_000) }],
  ['an activity of 128 characters', activity('a'.repeat(128))],
  ['a presence without an activity', { kind: 'presence', presence: { status: 'dnd' } }],
  ['no presence', { kind: 'presence', presence: null }],
  ['a restart', { kind: 'restart', fresh: true }],
])('accepts %s', (_, order) => {
  expect(() => {
    checkOrder({ order });
  }).not.toThrow();
});

it.each<[string, BotOrder, RegExp]>([
  ['a name in the place of an id', { kind: 'say', channelId: '#general', text: 'a' }, /"#general" is no id/],
  ['a number that is too short', { kind: 'say', channelId: '12345', text: 'a' }, /"12345" is no id/],
  ['white space', { kind: 'say', channelId: CHANNEL, text: ' \n ' }, /no text to say/],
  [
    'a text that is too long',
    { kind: 'say', channelId: CHANNEL, text: 'a'.repeat(10_001) },
    /10001 characters.*10000/,
  ],
  ['an activity that is too long', activity('a'.repeat(129)), /129 characters.*128/],
  ['an activity without words', activity('  '), /without words/],
  ['an activity of no kind', activity('a', 'dreaming'), /"dreaming" is no kind/],
  [
    'no status',
    { kind: 'presence', presence: { status: 'asleep' } } as unknown as BotOrder,
    /"asleep" is no/,
  ],
])('refuses %s, and says what would do', (_, order, words) => {
  expect(() => {
    checkOrder({ order });
  }).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(words) as string,
      remedy: expect.stringMatching(/./) as string,
    }) as Error,
  );
});

it('refuses that what is in force at once expires', () => {
  const expiresAt = new Date();
  expect(() => {
    checkOrder({ order: { kind: 'pause' }, expiresAt });
  }).toThrow('pause cannot expire');
  expect(() => {
    checkOrder({ order: { kind: 'reload' }, expiresAt });
  }).not.toThrow();
});
