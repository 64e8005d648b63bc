import { describe, expect, it } from 'vitest';
import { budgetLimitsOf, llmConfigSchema, tokenLimitsOf } from '../../../src/agents/llm/llm-config.ts';

const problems = (config: object): { path: string; message: string }[] =>
  (llmConfigSchema.safeParse(config).error?.issues ?? []).map(({ path, message }) => ({
    path: path.join('.'),
    message,
  }));

describe('the config of an LLM agent', () => {
  it('needs nothing said', () => {
    expect(llmConfigSchema.parse({})).toMatchObject({
      provider: 'openai',
      max_history: 10,
      stream: true,
      memory_scope: 'user',
      memory: { summary: false },
      channel_context: 0,
      guard: 'warn',
      fallbacks: [],
      budget: {},
    });
  });

  it('takes what the Python handler wrote', () => {
    const config = { provider: 'openai', model: 'gpt-4o', system_prompt: 'Be kind.', max_history: 10 };
    expect(problems({ ...config, temperature: 0.7, max_tokens: 1000 })).toEqual([]);
  });

  it('takes any one of the providers, and no other', () => {
    expect(problems({ provider: 'openai-compatible', base_url: 'http://localhost:11434/v1' })).toEqual([]);
    expect(problems({ provider: 'opnai' })[0]?.path).toBe('provider');
  });

  it('takes no login in an address, which would be stored in clear', () => {
    const config = { provider: 'openai-compatible', base_url: 'https://user:secret@example.org/v1' };
    expect(problems(config)).toMatchObject([{ path: 'base_url' }]);
    expect(problems({ ...config, base_url: 'https://example.org/v1?key=1' })).toMatchObject([
      { path: 'base_url' },
    ]);
  });

  it('has one kind of token limit', () => {
    const range = { from: 256, until: 512, increment: 256 };
    expect(problems({ max_tokens: 100, tokens_range: range })).toEqual([
      { path: 'tokens_range', message: 'must not stand beside "max_tokens"; keep one' },
    ]);
    expect(problems({ tokens_range: { ...range, from: 600 } })).toEqual([
      { path: 'tokens_range.from', message: 'must not be above "until"' },
    ]);
  });

  it('tells a key that it does not know', () => {
    expect(problems({ temprature: 1 })[0]?.message).toContain('temprature');
  });
});

describe('token limits', () => {
  it('are one fixed limit, of 1,000 unless said otherwise', () => {
    expect(tokenLimitsOf(llmConfigSchema.parse({}))).toEqual({ from: 1_000, until: 1_000, increment: 1_000 });
    expect(tokenLimitsOf(llmConfigSchema.parse({ max_tokens: 50 }))).toMatchObject({ from: 50, until: 50 });
  });
});

describe('budgets', () => {
  it('are none until one is set', () => {
    expect(budgetLimitsOf(llmConfigSchema.parse({}))).toEqual([]);
  });

  it('are for a user, a guild or the agent, in money or tokens', () => {
    const budget = {
      per_user: { usd: 0.5 },
      per_guild: { tokens: 1_000 },
      per_agent: { usd: 2, tokens: 5_000 },
    };
    expect(budgetLimitsOf(llmConfigSchema.parse({ budget }))).toEqual([
      { kind: 'user', nanoUsd: 500_000_000, tokens: undefined },
      { kind: 'guild', nanoUsd: undefined, tokens: 1_000 },
      { kind: 'agent', nanoUsd: 2_000_000_000, tokens: 5_000 },
    ]);
  });
});
