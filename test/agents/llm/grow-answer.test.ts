import { describe, expect, it, onTestFinished } from 'vitest';
import { growAnswer, type GrownAnswer } from '../../../src/agents/llm/grow-answer.ts';
import type { TokenLimits } from '../../../src/agents/llm/llm-config.ts';
import { silentLogger } from '../../../src/observability/logger.ts';
import { createChatModels } from '../../../src/providers/open-chat-model.ts';
import { startStandInLlm } from '../../support/llm/stand-in-llm.ts';

const LONG = Array.from({ length: 700 }, (_, number) => `word${number}`).join(' ');
const RANGE: TokenLimits = { from: 256, until: 4_096, increment: 256 };

async function setStage(provider: 'openai' | 'anthropic', model: string) {
  const llm = await startStandInLlm();
  onTestFinished(() => llm.stop());
  const models = createChatModels({
    settings: {
      openai: { apiKey: 'sk-test', baseUrl: llm.openaiUrl },
      anthropic: { apiKey: 'sk-test', baseUrl: llm.anthropicUrl },
    },
    logger: silentLogger,
  });
  const grow = async (limits: TokenLimits): Promise<GrownAnswer> => {
    const request = {
      system: '',
      messages: [{ role: 'user', parts: [{ kind: 'text', text: 'Tell me all.' }] }],
      temperature: undefined,
    } as const;
    const answer = growAnswer(
      models.open({ provider, model }),
      request,
      limits,
      new AbortController().signal,
    );
    for (;;) {
      const { done, value } = await answer.next();
      if (done === true) return value;
    }
  };
  return { llm, grow };
}

describe.each([
  { provider: 'openai', model: 'gpt-4o' },
  { provider: 'anthropic', model: 'claude-haiku-4-5' },
] as const)('an answer of $provider that grows', ({ provider, model }) => {
  it('is asked for once when it fits into the small limit', async () => {
    const { llm, grow } = await setStage(provider, model);
    llm.reply('Short.');
    expect(await grow(RANGE)).toEqual({ text: 'Short.', end: 'complete' });
    expect(llm.requests.map(({ maxTokens }) => maxTokens)).toEqual([256]);
  });

  it('goes on from where it was cut, until it is complete, and says nothing twice', async () => {
    const { llm, grow } = await setStage(provider, model);
    llm.reply({ text: LONG, continues: true });
    expect(await grow(RANGE)).toEqual({ text: LONG, end: 'complete' });
    expect(llm.requests.length).toBeGreaterThan(2);
    // What was produced is handed back, and only the next part of it is paid for.
    expect(new Set(llm.requests.map(({ maxTokens }) => maxTokens))).toEqual(new Set([256]));
    expect(llm.requests.at(-1)?.messages.some(({ role, text }) => role === 'assistant' && text !== '')).toBe(
      true,
    );
  });

  it('ends at the highest limit, exactly', async () => {
    const { llm, grow } = await setStage(provider, model);
    llm.reply({ text: LONG, continues: true });
    const { end, text } = await grow({ from: 100, until: 250, increment: 100 });
    expect(end).toBe('length');
    expect(LONG.startsWith(text.trimEnd())).toBe(true);
    expect(llm.requests.map(({ maxTokens }) => maxTokens)).toEqual([100, 100, 50]);
  });

  it('has one limit when both ends of the range are the same', async () => {
    const { llm, grow } = await setStage(provider, model);
    llm.reply({ text: LONG, continues: true });
    expect((await grow({ from: 50, until: 50, increment: 50 })).end).toBe('length');
    expect(llm.requests.length).toBe(1);
  });
});

describe('an answer that fills all that the model can read', () => {
  it.each([
    { provider: 'openai', model: 'gpt-4o' },
    { provider: 'anthropic', model: 'claude-haiku-4-5' },
  ] as const)('ends there, with what was said ($provider)', async ({ provider, model }) => {
    const { llm, grow } = await setStage(provider, model);
    llm.addModel({ name: model, api: provider, contextWindow: 270 });
    llm.reply({ text: LONG, continues: true });
    const { end, text } = await grow({ from: 100, until: 4_000, increment: 100 });
    expect(end).toBe('window-full');
    expect(text).not.toBe('');
    expect(LONG.startsWith(text.trimEnd())).toBe(true);
    expect(llm.requests.length).toBeLessThanOrEqual(5);
  });
});

describe('an answer of a model that thinks first', () => {
  it('is asked for again with more room when thinking took all of it', async () => {
    const { llm, grow } = await setStage('openai', 'gpt-5');
    llm.reply({ text: 'Forty-two.', reasoningTokens: 600 });
    expect(await grow(RANGE)).toEqual({ text: 'Forty-two.', end: 'complete' });
    expect(llm.requests.map(({ maxTokens }) => maxTokens)).toEqual([256, 512, 768]);
  });
});
