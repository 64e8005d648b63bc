import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/util/nearest.ts';

const KEYS = ['name', 'enabled', 'type', 'respond_to_dm', 'respond_to_everyone', 'config', 'discord_token'];

describe('nearest', () => {
  it.each([
    ['respond_to_dms', 'respond_to_dm'],
    ['respondToDm', 'respond_to_dm'],
    ['RESPOND-TO-DM', 'respond_to_dm'],
    ['enabel', 'enabled'],
    ['tpye', 'type'],
    ['nam', 'name'],
    ['discord_tokn', 'discord_token'],
    ['confg', 'config'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, KEYS)).toBe(meant);
  });

  it.each(['colour', 'x', '', 'prefix', 'respond', 'n'.repeat(100_000)])(
    'guesses nothing for %.20s',
    (word) => {
      expect(nearest(word, KEYS)).toBeUndefined();
    },
  );
});
