import { describe, expect, it } from 'vitest';
import { PROVIDER_NAMES } from '../../src/config/provider-variables.ts';
import { InputError } from '../../src/errors.ts';
import { createChatModels } from '../../src/providers/open-chat-model.ts';
import { PRESETS } from '../../src/providers/presets.ts';
import { silentLogger } from '../../src/observability/logger.ts';
import { KEY, PROVIDERS, setStage } from './stage.ts';

const SIGNAL = new AbortController().signal;

function refusal(selection: {
  provider: string;
  model?: string;
  baseUrl?: string;
  apiKey?: string;
}): InputError {
  const models = createChatModels({ settings: {}, logger: silentLogger });
  try {
    models.open(selection);
  } catch (error) {
    if (error instanceof InputError) return error;
  }
  throw new Error('it was opened');
}

describe('opening a model', () => {
  it.each([
    ['opnai', 'openai'],
    ['Anthropic', 'anthropic'],
    ['openai_compatible', 'openai-compatible'],
    ['grok', undefined],
  ])('provider %s is not known, which is told together with the right name', (provider, meant) => {
    const { message, remedy } = refusal({ provider });
    expect(message).toContain(`"${provider}"`);
    if (meant !== undefined) expect(message).toContain(`did you mean "${meant}"?`);
    for (const name of PROVIDER_NAMES) expect(remedy).toContain(name);
  });

  it.each(PROVIDER_NAMES.filter((name) => name !== 'openai-compatible'))(
    '%s without a key names the variable to set',
    (provider) => {
      const { message, remedy } = refusal({ provider });
      for (const variable of PRESETS[provider].keyVariables) expect(message).toContain(variable);
      expect(remedy).toContain(PRESETS[provider].keyPage);
    },
  );

  it('openai-compatible needs a model and an address, but no key', () => {
    expect(refusal({ provider: 'openai-compatible' }).message).toContain('"model"');
    expect(refusal({ provider: 'openai-compatible', model: 'llama3' }).message).toContain('"base_url"');
  });

  it.each(['localhost:11434', 'ftp://x/y', 'http://user:hunter22@x/v1', 'http:', ''])(
    'an address that is none (%s) is refused, and not shown',
    (baseUrl) => {
      const { message } = refusal({ provider: 'openai-compatible', model: 'llama3', baseUrl });
      expect(message).toContain('base_url');
      expect(message).not.toContain('hunter22');
    },
  );

  it('never sends the host’s key to an address that an agent names', async () => {
    const { llm, models, ask } = await setStage();
    const baseUrl = llm.openaiUrl;
    expect(() => models.open({ provider: 'openai', baseUrl })).toThrow('api_key of its own');
    expect((await ask({ provider: 'openai', baseUrl, apiKey: 'sk-own-key' })).end).toBe('complete');
    expect((await ask({ provider: 'openai-compatible', model: 'gpt-4o', baseUrl })).end).toBe('complete');
    expect(llm.requests.map((request) => request.key)).toEqual(['sk-own-key', 'none']);
  });

  it('an agent’s own key goes before the host’s', async () => {
    const { llm, ask } = await setStage();
    for (const { provider } of PROVIDERS) {
      await ask({ provider });
      await ask({ provider, apiKey: 'sk-own-key' });
    }
    expect(llm.requests.map((request) => request.key)).toEqual([KEY, 'sk-own-key', KEY, 'sk-own-key']);
  });

  it('a wrong fallback is told of, too', async () => {
    const { models } = await setStage();
    expect(() => models.open({ provider: 'openai', fallbacks: [{ provider: 'xai' }] })).toThrow(
      'XAI_API_KEY',
    );
  });

  it('takes Anthropic’s address with the version as well as without', async () => {
    const { llm, ask } = await setStage();
    const selection = { provider: 'anthropic', apiKey: KEY, baseUrl: `${llm.anthropicUrl}/v1/` };
    expect((await ask(selection)).end).toBe('complete');
  });

  it('sends nothing of the environment but what was given', async () => {
    const { llm, ask } = await setStage();
    await ask({ provider: 'openai' });
    expect(llm.requests[0]?.headers).not.toHaveProperty('openai-organization');
    expect(llm.requests[0]?.headers).not.toHaveProperty('openai-project');
  });
});

describe('what would be asked', () => {
  it('is the model and each of its fallbacks, in order, with what was left open', async () => {
    const { models, llm } = await setStage();
    const fallbacks = [{ provider: 'anthropic' }, { provider: 'gemini', model: ' gemini-2.5-pro ' }];
    expect(models.resolve({ provider: 'openai', model: '', fallbacks })).toEqual([
      { provider: 'openai', model: 'gpt-4o' },
      { provider: 'anthropic', model: 'claude-haiku-4-5' },
      { provider: 'gemini', model: 'gemini-2.5-pro' },
    ]);
    expect(() => models.resolve({ provider: 'openai', fallbacks: [{ provider: 'xai' }] })).toThrow(
      'XAI_API_KEY',
    );
    expect(llm.requests).toEqual([]);
  });
});

describe.each(PROVIDERS)('$provider: checking an agent', ({ provider, model }) => {
  it('costs one small request, however many agents have the same model', async () => {
    const { llm, models } = await setStage();
    await Promise.all(Array.from({ length: 50 }, () => models.check({ provider, model }, SIGNAL)));
    await models.check({ provider, model }, SIGNAL);
    expect(llm.requests).toHaveLength(1);
    expect(llm.requests[0]?.maxTokens).toBeLessThan(50);
  });

  it('says that the key is no good, and asks again later', async () => {
    const { llm, models } = await setStage();
    llm.revokeKey(KEY);
    await expect(models.check({ provider, model }, SIGNAL)).rejects.toMatchObject({ failure: 'bad-key' });
    llm.acceptKey(KEY);
    await models.check({ provider, model }, SIGNAL);
  });

  it('says that there is no such model', async () => {
    const { models } = await setStage();
    const check = models.check({ provider, model: 'gpt-none' }, SIGNAL);
    await expect(check).rejects.toMatchObject({ failure: 'unknown-model' });
  });

  it('checks the fallbacks, too', async () => {
    const { models } = await setStage();
    const fallbacks = [{ provider, model: 'gpt-none' }];
    const check = models.check({ provider, model, fallbacks }, SIGNAL);
    await expect(check).rejects.toMatchObject({ failure: 'unknown-model' });
  });

  it('goes on for one when another gave it up', async () => {
    const { llm, models } = await setStage();
    const silence = llm.hangRequests({ times: 1 });
    const controller = new AbortController();
    const first = models.check({ provider, model }, controller.signal);
    const second = models.check({ provider, model }, SIGNAL);
    await llm.until(() => silence.holding === 1, 'the check');
    controller.abort(new Error('never mind'));
    await expect(first).rejects.toThrow('never mind');
    await second;
    expect(llm.requests).toHaveLength(2);
  });
});
