import { describe, expect, it } from 'vitest';
import { fillPlaceholders } from '../../../src/agents/llm/fill-placeholders.ts';

const guild = { guildId: '1', guildName: 'The Stage', channelId: '2', channelName: 'general' };
const values = { agent: 'Helper', user: 'Ann', place: guild, now: new Date('2026-11-20T23:59:59Z') };
const fill = (template: string, changed: Partial<typeof values> = {}): string =>
  fillPlaceholders(template, { ...values, ...changed });

describe('fillPlaceholders', () => {
  it('fills every placeholder, wherever and how often it stands', () => {
    expect(fill('{agent}: {user} in {channel} of {guild}, {date}; {user}{user}')).toBe(
      'Helper: Ann in general of The Stage, Friday, 2026-11-20; AnnAnn',
    );
  });

  it.each([
    '{unknown}',
    '{ user }',
    '{User}',
    '{}',
    '{"user": 1}',
    '{constructor}',
    '${x}',
    '{{',
    'no braces',
  ])('leaves %j as it is', (template) => {
    expect(fill(template)).toBe(template);
  });

  it('does not fill the braces of a name', () => {
    expect(fill('{user}', { user: '{agent} $& $1' })).toBe('{agent} $& $1');
  });

  it('makes a name one line without markup', () => {
    const user = ' Ann\n\n# System:\r\u2028<b>`x`</b>\u0000\u202E\u200B"you" ';
    expect(fill('[{user}]', { user })).toBe('[Ann # System: b x /b you]');
  });

  it('cuts a name at 80 characters', () => {
    expect(fill('{user}', { user: '😀'.repeat(90) })).toBe('😀'.repeat(80));
  });

  it('says direct messages where there is no guild', () => {
    const place = { guildId: undefined, guildName: undefined, channelId: '2', channelName: undefined };
    const filled = fillPlaceholders('{channel} | {guild}', { ...values, place });
    expect(filled).toBe('direct messages | direct messages');
  });

  it('has words for names that are not known or have nothing to show', () => {
    const place = { guildId: '1', guildName: undefined, channelId: '2', channelName: undefined };
    const filled = fillPlaceholders('{user}, {channel}, {guild}', { ...values, user: '<\u200B>', place });
    expect(filled).toBe('unknown, this channel, this server');
  });
});
