import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../src/agents/chat-model.ts';
import { UNSEEN } from '../../src/providers/conversation.ts';
import { isKnownToSeeImages } from '../../src/providers/sees-images.ts';
import { setStage } from './stage.ts';

const image = { kind: 'image', mediaType: 'image/png', data: new Uint8Array([137, 80, 78, 71]) } as const;
const messages: ChatRequest['messages'] = [
  { role: 'user', parts: [{ kind: 'text', text: 'What is this?' }, image] },
];
const IMAGE_URL = `data:image/png;base64,${Buffer.from(image.data).toString('base64')}`;

describe('whether a model sees images', () => {
  it.each([
    ...[
      'gpt-4o',
      'gpt-4o-mini',
      'gpt-4.1-nano',
      'gpt-4.5-preview',
      'gpt-4-turbo',
      'gpt-5',
      'gpt-5.1',
      'gpt-6.1-sol',
    ],
    ...['chatgpt-4o-latest', 'o1', 'o3', 'o4-mini'],
    ...['claude-3-haiku-20240307', 'claude-3-5-sonnet-latest', 'claude-haiku-4-5', 'claude-opus-5-5'],
    ...['gemini-2.5-flash', 'sonar', 'sonar-pro', 'grok-4', 'grok-4-fast', 'grok-2-vision-1212'],
    ...['pixtral-12b', 'llava:13b', 'Qwen2.5-VL-7B-Instruct', 'qwen2.5vl:7b', 'llama3.2-vision', 'gemma3:4b'],
  ])('%s does', (model) => {
    expect(isKnownToSeeImages(model)).toBe(true);
  });

  it.each([
    ...['gpt-3.5-turbo', 'gpt-4', 'gpt-4-turbo-preview', 'gpt-4o-audio-preview', 'gpt-oss-120b'],
    ...['o1-mini', 'o1-preview', 'o3-mini', 'claude-3-5-haiku-latest', 'claude-2.1', 'claude-instant-1.2'],
    ...['grok-3', 'grok-3-mini', 'sonar-deep-research', 'llama3', 'mistral', 'deepseek-r1', 'gemma3:1b'],
  ])('%s does not', (model) => {
    expect(isKnownToSeeImages(model)).toBe(false);
  });

  it('is told by the model, whoever its maker is said to be', async () => {
    const { models, llm } = await setStage();
    const sees = (model: string) =>
      models.open({ provider: 'openai-compatible', baseUrl: llm.openaiUrl, model }).seesImages;
    expect([sees('openai/gpt-4o'), sees('anthropic/claude-3.5-haiku'), sees('llama3')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(models.open({ provider: 'anthropic' }).seesImages).toBe(true);
  });

  it('is as the choice says, for that choice alone', async () => {
    const { models, ask, llm } = await setStage();
    const blind = { provider: 'openai', model: 'gpt-4o', images: false };
    expect(models.open(blind).seesImages).toBe(false);
    expect(models.open({ ...blind, images: undefined }).seesImages).toBe(true);
    expect(models.open({ provider: 'openai', model: 'gpt-3.5-turbo', images: true }).seesImages).toBe(true);
    await ask(blind, { messages });
    await ask({ provider: 'openai', model: 'gpt-4o' }, { messages });
    expect(llm.requests.map((request) => request.messages[0]?.images)).toEqual([[], [IMAGE_URL]]);
  });

  it('is not as another choice of the same model says, whatever that one taught us', async () => {
    const { models, ask, llm } = await setStage();
    llm.addModel({ name: 'gpt-4.1', refusesTemperature: true });
    await ask({ provider: 'openai', model: 'gpt-4.1', images: false }, { temperature: 0.5 });
    expect(llm.requests).toHaveLength(2);
    expect(models.open({ provider: 'openai', model: 'gpt-4.1' }).seesImages).toBe(true);
  });

  it('is so of several if it is so of any of them', async () => {
    const { models } = await setStage();
    const blind = { provider: 'openai', model: 'o3-mini' };
    expect(models.open({ ...blind, fallbacks: [{ provider: 'anthropic' }] }).seesImages).toBe(true);
    expect(models.open({ provider: 'anthropic', fallbacks: [blind] }).seesImages).toBe(true);
    expect(models.open({ ...blind, fallbacks: [{ ...blind, model: 'gpt-3.5-turbo' }] }).seesImages).toBe(
      false,
    );
  });
});

describe('a model that sees no images', () => {
  it.each([
    { provider: 'openai', model: 'gpt-3.5-turbo' },
    { provider: 'anthropic', model: 'claude-3-5-haiku-latest' },
  ] as const)('is told that there is one: $provider', async ({ provider, model }) => {
    const { llm, ask } = await setStage();
    llm.addModel({ name: model, api: provider, vision: false });
    expect((await ask({ provider, model }, { messages })).end).toBe('complete');
    expect(llm.requests[0]?.messages).toMatchObject([{ text: `What is this?\n\n${UNSEEN}`, images: [] }]);
  });

  it('can stand in for one that does', async () => {
    const { llm, ask } = await setStage();
    llm.failRequests({ status: 401, model: 'gpt-4o' });
    const fallbacks = [{ provider: 'openai', model: 'o3-mini' }];
    const said = await ask({ provider: 'openai', model: 'gpt-4o', fallbacks }, { messages });
    expect(said).toMatchObject({ end: 'complete', by: 'openai o3-mini' });
    expect(llm.requests.map((request) => request.messages[0]?.images.length)).toEqual([1, 0]);
  });
});
