import { describe, expect, it, onTestFinished } from 'vitest';
import type { ApiName } from './support/llm/recorded-request.ts';
import { startStandInLlm } from './support/llm/stand-in-llm.ts';
import type { StandInLlm } from './support/llm/stand-in-llm.ts';

const VERSION = { 'anthropic-version': '2023-06-01' };
const LATEST = { 'anthropic-version': '2026-10-21' };
const user = (content: unknown): object => ({ role: 'user', content });
const assistant = (content: unknown): object => ({ role: 'assistant', content });
const image = { type: 'image_url', image_url: { url: 'https://example.org/cat.png' } };

async function stage(): Promise<StandInLlm> {
  const llm = await startStandInLlm();
  onTestFinished(() => llm.stop());
  llm.addModel({ name: 'small', contextWindow: 60, maxOutput: 50 });
  llm.addModel({ name: 'small', api: 'anthropic', contextWindow: 60, maxOutput: 50 });
  llm.addModel({ name: 'old', parameterStyle: 'max_tokens' });
  return llm;
}

async function post(
  llm: StandInLlm,
  api: ApiName,
  body: unknown,
  headers: Record<string, string> = VERSION,
): Promise<{ status: number; message: string; code: unknown }> {
  const url = api === 'openai' ? `${llm.openaiUrl}/chat/completions` : `${llm.anthropicUrl}/v1/messages`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-any', ...(api === 'anthropic' && headers) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const answer = (await response.json()) as { error?: { message: string; code?: unknown } };
  return { status: response.status, message: answer.error?.message ?? '', code: answer.error?.code };
}

describe('OpenAI', () => {
  const gpt = (rest: object): object => ({ model: 'gpt-4o', messages: [user('hi')], ...rest });
  const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };

  it.each<[string, unknown, RegExp]>([
    ['no JSON', '{', /could not parse/],
    ['half a character', gpt({ messages: [user('\ud83d')] }), /no low surrogate/],
    ['no model', { messages: [user('hi')] }, /must provide a model/],
    ['no messages', gpt({ messages: [] }), /empty array/],
    ['an unknown role', gpt({ messages: [{ role: 'bot', content: 'hi' }] }), /'bot'/],
    ['no content', gpt({ messages: [user(null)] }), /expected a string, got null/],
    ['a limit of 0', gpt({ max_tokens: 0 }), /Expected a value >= 1/],
    ['two limits', gpt({ max_tokens: 5, max_completion_tokens: 5 }), /at the same time/],
    ['a temperature of 3', gpt({ temperature: 3 }), /between 0 and 2/],
    ['stream options without a stream', gpt({ stream_options: {} }), /only allowed when/],
    [
      'a tool that nobody called',
      gpt({ messages: [{ role: 'tool', tool_call_id: 'x', content: '' }] }),
      /preceeding/,
    ],
    [
      'a call without an answer',
      gpt({ messages: [{ role: 'assistant', tool_calls: [call] }, user('hi')] }),
      /did not have response messages: call_1/,
    ],
  ])('answers 400 to %s, which is a violation', async (_, body, message) => {
    const llm = await stage();
    expect(await post(llm, 'openai', body)).toMatchObject({
      status: 400,
      message: expect.stringMatching(message) as string,
    });
    expect(llm.takeViolations()).toHaveLength(1);
  });

  it.each<[string, object, string]>([
    ['an unknown model', { model: 'gpt-0' }, 'model_not_found'],
    ['max_tokens of a reasoning model', { model: 'gpt-5', max_tokens: 9 }, 'unsupported_parameter'],
    [
      'max_completion_tokens of an old server',
      { model: 'old', max_completion_tokens: 9 },
      'unsupported_parameter',
    ],
    ['a temperature of a reasoning model', { model: 'o3-mini', temperature: 0.7 }, 'unsupported_value'],
    ['too large a limit', { max_tokens: 20_000 }, 'invalid_value'],
    [
      'too long a prompt',
      { model: 'small', messages: [user('word '.repeat(60))] },
      'context_length_exceeded',
    ],
    [
      'too long a prompt with its answer',
      { model: 'small', max_tokens: 50, messages: [user('a '.repeat(20))] },
      'context_length_exceeded',
    ],
  ])('refuses %s, which a program may try', async (_, rest, code) => {
    const llm = await stage();
    expect(await post(llm, 'openai', gpt(rest))).toMatchObject({ code });
    expect(llm.violations).toEqual([]);
    expect(llm.requests[0]?.error).toBeDefined();
  });

  it('refuses pictures where there is no vision, and turns that do not alternate', async () => {
    const llm = await stage();
    const blind = gpt({ model: 'gpt-3.5-turbo', messages: [user([image])] });
    expect((await post(llm, 'openai', blind)).message).toMatch(/image_url is only supported/);
    const twice = gpt({ model: 'sonar', messages: [user('a'), user('b')] });
    expect((await post(llm, 'openai', twice)).message).toMatch(/should alternate/);
  });

  it('takes what a reasoning model is to be asked', async () => {
    const llm = await stage();
    const asked = gpt({ model: 'gpt-5', max_completion_tokens: 9, temperature: 1 });
    expect((await post(llm, 'openai', asked)).status).toBe(200);
  });

  it('shows a part of a wrong key, as the real one does', async () => {
    const llm = await stage();
    llm.revokeKey('sk-any');
    const key = { authorization: 'Bearer sk-proj-0123456789abcdef' };
    llm.revokeKey('sk-proj-0123456789abcdef');
    const response = await fetch(`${llm.openaiUrl}/models`, { headers: key });
    expect(response.status).toBe(401);
    expect(await response.text()).toContain('sk-proj-********cdef');
  });
});

describe('Anthropic', () => {
  const claude = (rest: object): object => ({
    model: 'claude-opus-4-5',
    max_tokens: 20,
    messages: [user('hi')],
    ...rest,
  });
  const use = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} };

  it.each<[string, unknown, RegExp]>([
    ['no JSON', '[]', /no object/],
    ['half a character', claude({ messages: [user('\udc4d')] }), /no low surrogate/],
    ['no model', { max_tokens: 5, messages: [user('hi')] }, /model: Field required/],
    ['no limit', { model: 'claude-opus-4-5', messages: [user('hi')] }, /max_tokens: Field required/],
    ['no messages', claude({ messages: [] }), /at least one message/],
    [
      'a beginning by the assistant',
      claude({ messages: [assistant('hi'), user('hi')] }),
      /first message must use/,
    ],
    [
      'a system message',
      claude({ messages: [user('hi'), { role: 'system', content: 'x' }] }),
      /role "system"/,
    ],
    ['an empty message', claude({ messages: [user(''), assistant('x'), user('y')] }), /non-empty content/],
    [
      'an empty block',
      claude({ messages: [user([{ type: 'text', text: '' }])] }),
      /blocks must be non-empty/,
    ],
    [
      'white space before the continuation',
      claude({ messages: [user('hi'), assistant('So ')] }),
      /trailing whitespace/,
    ],
    ['a field of another API', claude({ stream_options: {} }), /Extra inputs are not permitted/],
    ['a temperature of 2', claude({ temperature: 2 }), /range: 0..1/],
    [
      'a result that nobody asked for',
      claude({ messages: [user([{ type: 'tool_result', tool_use_id: 'x', content: 'y' }])] }),
      /unexpected `tool_use_id`/,
    ],
    [
      'a call without a result',
      claude({ messages: [user('hi'), assistant([use]), user('hi')] }),
      /without `tool_result` blocks/,
    ],
  ])('answers 400 to %s, which is a violation', async (_, body, message) => {
    const llm = await stage();
    expect(await post(llm, 'anthropic', body)).toMatchObject({
      status: 400,
      message: expect.stringMatching(message) as string,
    });
    expect(llm.takeViolations()).toHaveLength(1);
  });

  it('wants its version', async () => {
    const llm = await stage();
    expect((await post(llm, 'anthropic', claude({}), {})).message).toMatch(/anthropic-version/);
    expect(llm.takeViolations()).toHaveLength(1);
  });

  it.each<[string, object, RegExp]>([
    ['an unknown model', { model: 'claude-0' }, /^model: claude-0$/],
    [
      'a temperature of a newer model',
      { model: 'claude-opus-4-7', temperature: 0.7 },
      /deprecated for this model/,
    ],
    [
      'a prefill of a newer model',
      { model: 'claude-sonnet-4-6', messages: [user('a'), assistant('b')] },
      /prefill/,
    ],
    ['too large a limit', { max_tokens: 100_000 }, /max_tokens: 100000 > 64000/],
    [
      'too long a prompt',
      { model: 'small', messages: [user('word '.repeat(60))] },
      /prompt is too long: \d+ tokens > 60 maximum/,
    ],
  ])('refuses %s, which a program may try', async (_, rest, message) => {
    const llm = await stage();
    expect((await post(llm, 'anthropic', claude(rest))).message).toMatch(message);
    expect(llm.violations).toEqual([]);
  });

  it('takes sampling parameters in its old version only', async () => {
    const llm = await stage();
    const warm = claude({ temperature: 0.7 });
    expect((await post(llm, 'anthropic', warm, VERSION)).status).toBe(200);
    expect(await post(llm, 'anthropic', warm, LATEST)).toMatchObject({
      status: 400,
      message: expect.stringContaining('temperature') as string,
    });
  });

  it('takes several messages of one role, and system messages where the model does', async () => {
    const llm = await stage();
    const twice = claude({ messages: [user('a'), user('b')] });
    expect((await post(llm, 'anthropic', twice)).status).toBe(200);
    const reminded = { model: 'claude-opus-4-8', messages: [user('a'), { role: 'system', content: 'b' }] };
    expect((await post(llm, 'anthropic', claude(reminded))).status).toBe(200);
  });
});

describe('violations', () => {
  it('have stop() fail when nobody took them', async () => {
    const llm = await startStandInLlm();
    await fetch(`${llm.openaiUrl}/embeddings`, { method: 'POST', headers: { authorization: 'Bearer x' } });
    expect(() => {
      llm.assertNoViolations();
    }).toThrow(/Invalid URL \(POST \/v1\/embeddings\)/);
    await expect(llm.stop()).rejects.toThrow(/1 violation/);
  });

  it('tell of a script that fails', async () => {
    const llm = await stage();
    llm.script(() => {
      throw new Error('lost my lines');
    });
    const body = { model: 'gpt-4o', messages: [user('hi')] };
    expect((await post(llm, 'openai', body)).status).toBe(500);
    expect(llm.takeViolations()[0]).toContain('lost my lines');
  });

  it('answer 413 to what is too long to read', async () => {
    const llm = await startStandInLlm({ maxBodyBytes: 100 });
    const body = { model: 'claude-opus-4-5', messages: [user('x'.repeat(200))] };
    expect((await post(llm, 'anthropic', body)).status).toBe(413);
    await llm.stop();
  });
});
