import { describe, expect, it } from 'vitest';
import { printable, showValue, withoutSecrets } from '../../src/agents-file/show-value.ts';

describe('a value that is shown', () => {
  it.each<[value: unknown, shown: string]>([
    [undefined, 'nothing'],
    ['a', '"a"'],
    [true, 'true'],
    [['1', '2'], '["1","2"]'],
    ['two\nlines', '"two\\nlines"'],
    ['\u001b[31m\u009b\u202e', '"\\u001b[31m\\u009b\\u202e"'],
    ['x'.repeat(100), `"${'x'.repeat(59)}…"`],
    [{ api_key: 'k', max_tokens: 5 }, '{"api_key":"[redacted]","max_tokens":5}'],
    ['https://user:pass@example.org/v1', '"https://user:[redacted]@example.org/v1"'],
    [`say ${'M'.repeat(24)}.${'G'.repeat(6)}.${'x'.repeat(38)}`, '"say [redacted]"'],
    ['sk-abcdefghijklmnop1', '"[redacted]"'],
    [{ api_key: '${TEAM_KEY}' }, '{"api_key":"${TEAM_KEY}"}'],
    [{ api_key: 'sk-${TEAM_KEY}' }, '{"api_key":"[redacted]"}'],
  ])('%j', (value, shown) => {
    expect(showValue(value)).toBe(shown);
  });

  it.each(['api_key', 'key', 'discord_token', 'config.secret', 'X-Authorization', 'password'])(
    'is hidden under %s',
    (key) => {
      expect(showValue('hush', key)).toBe('"[redacted]"');
    },
  );

  it.each(['max_tokens', 'tokens_range', 'prefix', 'monkey', 'model'])('is shown under %s', (key) => {
    expect(showValue('loud', key)).toBe('"loud"');
  });

  it('is hidden however deep and in whatever form it is stored', () => {
    const config = { fallbacks: [{ api_key: { $sealed: 'v1.x' } }, { api_key: '${A}' }], note: 'x' };
    expect(withoutSecrets(config)).toEqual({
      fallbacks: [{ api_key: '[redacted]' }, { api_key: '${A}' }],
      note: 'x',
    });
  });

  it('prints a name on one line', () => {
    expect(printable('a\nb\u2028c\u0007')).toBe('a\\u000ab\\u2028c\\u0007');
  });
});
