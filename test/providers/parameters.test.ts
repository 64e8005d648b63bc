import { describe, expect, it } from 'vitest';
import { setStage } from './stage.ts';

const WARM = { temperature: 0.7, maxTokens: 50 };

describe('parameters', () => {
  it.each([
    ['openai', 'gpt-4o', { max_tokens: 50, temperature: 0.7 }],
    ['openai', 'o3', { max_completion_tokens: 50 }],
    ['openai', 'gpt-5-mini', { max_completion_tokens: 50 }],
    ['anthropic', 'claude-haiku-4-5', { max_tokens: 50, temperature: 0.7 }],
    ['anthropic', 'claude-sonnet-4-6', { max_tokens: 50, temperature: 0.7 }],
    ['anthropic', 'claude-opus-4-7', { max_tokens: 50 }],
    ['anthropic', 'claude-sonnet-5-5', { max_tokens: 50 }],
  ])('of %s’s %s are right at the first try', async (provider, model, expected) => {
    const { llm, ask } = await setStage();
    expect((await ask({ provider, model }, WARM)).error).toBeUndefined();
    expect(llm.requests).toHaveLength(1);
    const names = ['max_tokens', 'max_completion_tokens', 'temperature'];
    const body = Object.entries(llm.requests[0]?.body ?? {}).filter(([name]) => names.includes(name));
    expect(Object.fromEntries(body)).toEqual(expected);
  });

  it('that a model unknown to us refuses are learned, once for all agents', async () => {
    const { llm, ask } = await setStage();
    llm.addModel({ name: 'brandnew', parameterStyle: 'max_completion_tokens', refusesTemperature: true });
    expect((await ask({ provider: 'openai', model: 'brandnew' }, WARM)).end).toBe('complete');
    expect((await ask({ provider: 'openai', model: 'brandnew' }, WARM)).end).toBe('complete');
    expect(llm.requests.map((request) => request.status)).toEqual([400, 400, 200, 200]);
    expect(llm.requests.at(-1)).toMatchObject({ maxTokens: 50, temperature: undefined });
  });

  it('that we expect wrongly are learned, too', async () => {
    const { llm, ask } = await setStage();
    llm.addModel({ name: 'o9-old', parameterStyle: 'max_tokens' });
    expect((await ask({ provider: 'openai', model: 'o9-old' }, WARM)).end).toBe('complete');
    expect(llm.requests.at(-1)?.body).toMatchObject({ max_tokens: 50 });
  });

  it('are learned from Anthropic, too', async () => {
    const { llm, ask } = await setStage();
    llm.addModel({ name: 'claude-3-cold', api: 'anthropic', refusesTemperature: true });
    expect((await ask({ provider: 'anthropic', model: 'claude-3-cold' }, WARM)).end).toBe('complete');
    await ask({ provider: 'anthropic', model: 'claude-3-cold' }, WARM);
    expect(llm.requests.map((request) => request.status)).toEqual([400, 200, 200]);
  });

  it('that are left out are told of once', async () => {
    const { ask, logger } = await setStage();
    for (let n = 0; n < 3; n++) await ask({ provider: 'anthropic', model: 'claude-sonnet-5-5' }, WARM);
    await ask({ provider: 'anthropic', model: 'claude-opus-4-8' });
    expect(logger.lines.map((line) => line.text)).toEqual([
      'anthropic (claude-sonnet-5-5) takes no temperature; the one that is set is left out',
    ]);
  });

  it('above what Anthropic knows are its highest', async () => {
    const { llm, ask } = await setStage();
    await ask({ provider: 'anthropic' }, { temperature: 1.6 });
    expect(llm.requests[0]).toMatchObject({ temperature: 1, status: 200 });
  });

  it('of usage are left out for a server that refuses them, and its answers cost nothing', async () => {
    const { llm, ask } = await setStage();
    const message = 'Extra inputs are not permitted: stream_options';
    llm.failRequests({ status: 422, message, when: ({ body }) => 'stream_options' in body });
    const selection = { provider: 'openai-compatible', model: 'gpt-4o', baseUrl: llm.openaiUrl };
    for (let n = 0; n < 2; n++) {
      const said = await ask(selection);
      expect(said).toMatchObject({ end: 'complete', usage: { input: 0, cached: 0, output: 0 } });
    }
    expect(llm.requests.map((request) => request.status)).toEqual([422, 200, 200]);
  });

  it('are not learned from a refusal for another reason', async () => {
    const { llm, ask } = await setStage();
    const { error } = await ask({ provider: 'openai', model: 'gpt-4o' }, { maxTokens: 99_999 });
    expect(error).toMatchObject({ failure: 'bad-request' });
    expect(llm.requests).toHaveLength(1);
  });

  it('that are refused whatever is sent end in the refusal', async () => {
    const { llm, ask } = await setStage();
    llm.failRequests({ status: 400, message: 'max_tokens and max_completion_tokens are not supported' });
    expect((await ask({ provider: 'openai' }, WARM)).error).toMatchObject({ failure: 'bad-request' });
    expect(llm.requests).toHaveLength(2);
  });
});
