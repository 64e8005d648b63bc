import { expect, it } from 'vitest';
import { findProvider } from '../../demo/find-provider.ts';

it.each([
  ['OPENAI_API_KEY', 'openai', 'gpt-4o'],
  ['ANTHROPIC_API_KEY', 'anthropic', 'claude-haiku-4-5'],
  ['PERPLEXITY_API_KEY', 'perplexity', 'sonar'],
  ['XAI_API_KEY', 'xai', 'grok-4'],
  ['GEMINI_API_KEY', 'gemini', 'gemini-2.5-flash'],
  ['GOOGLE_API_KEY', 'gemini', 'gemini-2.5-flash'],
])('%s has the demo speak with %s and its default model', (name, provider, model) => {
  expect(findProvider({ [name]: 'key' })).toEqual({ provider, model, env: { [name]: 'key' } });
});

it('the first provider with a key counts, and nothing of the others goes along', () => {
  const env = {
    OPENAI_API_KEY: ' ',
    OPENAI_BASE_URL: 'https://a.example.com',
    ANTHROPIC_API_KEY: 'key',
    ANTHROPIC_BASE_URL: 'https://b.example.com',
    XAI_API_KEY: 'other',
    DATABASE_URL: 'file:./mine.db',
  };
  expect(findProvider(env)?.env).toEqual({
    ANTHROPIC_API_KEY: 'key',
    ANTHROPIC_BASE_URL: 'https://b.example.com',
  });
});

it.each([{}, { OPENAI_API_KEY: '' }, { OPENAI_BASE_URL: 'http://localhost:1234/v1' }])(
  '%j has no key: there is no provider',
  (env) => {
    expect(findProvider(env)).toBeUndefined();
  },
);
