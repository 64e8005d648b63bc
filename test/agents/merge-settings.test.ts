import { describe, expect, it } from 'vitest';
import { mergeSettings, newReferences, refuseMasked } from '../../src/agents/merge-settings.ts';

const stored = {
  name: 'Helper',
  type: 'llm',
  rate_limit: 3,
  guild_whitelist: ['1', '2'],
  config: {
    provider: 'openai',
    api_key: 'key-of-the-first-1',
    system_prompt: 'Say sk-abcdefghijklmnop1234 never.',
    budget: { per_user: { usd: 1 }, per_agent: { usd: 9 } },
    fallbacks: [
      { provider: 'anthropic', api_key: 'key-of-the-second-2' },
      { provider: 'openai-compatible', base_url: 'http://one.test', api_key: 'key-of-the-third-3' },
    ],
  },
};

describe('mergeSettings', () => {
  it.each([
    { what: 'what is not named stays', change: {}, merged: stored },
    { what: 'a list is replaced', change: { guild_whitelist: [] }, merged: { guild_whitelist: [] } },
    {
      what: 'maps are merged at every depth',
      change: { config: { budget: { per_user: null } } },
      merged: { config: { api_key: 'key-of-the-first-1', budget: { per_agent: { usd: 9 } } } },
    },
    {
      what: 'a text that was shown with a secret taken out stays what it is',
      change: { config: { system_prompt: 'Say [redacted] never.', api_key: '[redacted]' } },
      merged: { config: { system_prompt: stored.config.system_prompt, api_key: 'key-of-the-first-1' } },
    },
    {
      what: 'masked keys in a list that comes back stay what they are',
      change: {
        config: {
          fallbacks: stored.config.fallbacks.map((one) => ({ ...one, api_key: '[redacted]', model: 'm' })),
        },
      },
      merged: {
        config: {
          fallbacks: [
            { provider: 'anthropic', api_key: 'key-of-the-second-2', model: 'm' },
            { provider: 'openai-compatible', api_key: 'key-of-the-third-3', model: 'm' },
          ],
        },
      },
    },
    { what: 'with another type the config begins anew', change: { type: 'echo' }, merged: { config: {} } },
  ])('$what', ({ change, merged }) => {
    expect(mergeSettings(stored, change)).toMatchObject(merged);
  });

  const [first, second] = stored.config.fallbacks.map((one) => ({ ...one, api_key: '[redacted]' }));
  it.each([
    { what: 'another address', config: { base_url: 'http://evil.test' }, path: 'config.api_key' },
    { what: 'another provider', config: { provider: 'openai-compatible' }, path: 'config.api_key' },
    {
      what: 'its place in a list',
      config: { fallbacks: [second, first] },
      path: 'config.fallbacks[0].api_key',
    },
    {
      what: 'the address beside it in a list',
      config: { fallbacks: [first, { ...second, base_url: 'http://evil.test' }] },
      path: 'config.fallbacks[1].api_key',
    },
  ])('a stored key does not go along with $what', ({ config, path }) => {
    expect(() => mergeSettings(stored, { config })).toThrow(
      expect.objectContaining({
        problems: expect.arrayContaining([
          { path, message: expect.stringContaining('must be given again') as string },
        ]) as unknown,
      }),
    );
  });

  it('null brings the default back', () => {
    expect(mergeSettings(stored, { rate_limit: null })).not.toHaveProperty('rate_limit');
  });

  it('a key that is given goes wherever it is meant to go', () => {
    const config = { base_url: 'http://new.test', api_key: 'a-new-key-1' };
    expect(mergeSettings(stored, { config })).toMatchObject({ config });
  });
});

it('a masked secret in whose place nothing is stored is refused', () => {
  const merged = mergeSettings({ ...stored, config: {} }, { config: { api_key: '[redacted]' } });
  expect(() => {
    refuseMasked(merged);
  }).toThrow('config.api_key');
  expect(() => {
    refuseMasked(stored);
  }).not.toThrow();
});

it('variables of the host that settings name in a secret’s place are found, those that are known aside', () => {
  const config = { api_key: '${A}', fallbacks: [{ api_key: '${B}', model: '${C}' }] };
  expect(newReferences({ config })).toEqual(['config.api_key', 'config.fallbacks.0.api_key']);
  expect(newReferences({ config }, { config: { api_key: '${B}' } })).toEqual(['config.api_key']);
});
