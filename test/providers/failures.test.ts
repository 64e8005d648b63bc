import { describe, expect, it } from 'vitest';
import { ChatModelError } from '../../src/agents/chat-model.ts';
import { everythingIn, KEY, PROVIDERS, SECRET_WORDS, setStage } from './stage.ts';

const STORY = 'Once upon a time, in a green room, fifty bots were waiting for their cue.';
const ONCE = { patience: { attempts: 1 } };

describe.each(PROVIDERS)('$provider: a failure', ({ provider, model }) => {
  it.each([
    [400, 'bad-request'],
    [401, 'bad-key'],
    [402, 'out-of-credit'],
    [403, 'bad-key'],
    [404, 'unknown-model'],
    [408, 'unavailable'],
    [409, 'unavailable'],
    [413, 'context-too-long'],
    [422, 'bad-request'],
    [429, 'rate-limited'],
    [500, 'unavailable'],
    [502, 'unavailable'],
    [529, 'overloaded'],
  ] as const)('of status %i is %s', async (status, failure) => {
    const { llm, ask } = await setStage(ONCE);
    llm.failRequests({ status });
    const { error } = await ask({ provider, model });
    expect(error).toBeInstanceOf(ChatModelError);
    expect(error).toMatchObject({ failure });
    expect((error as Error).message).toContain(`${provider} (${model})`);
    expect(llm.requests).toHaveLength(1);
  });

  it('tells nobody the key or what the user said, whatever the provider quotes', async () => {
    const { llm, ask } = await setStage(ONCE);
    const quoting = [
      `Incorrect API key provided: ${KEY}.`,
      `Incorrect API key provided: ${KEY.slice(0, 8)}********${KEY.slice(-4)}.`,
      `Invalid value: '${SECRET_WORDS}'.`,
      `Could not read ${SECRET_WORDS.slice(3)} as a conversation`,
      `Invalid value: 'Ludmilla from a.' is bad; "my diary says"`,
    ];
    for (const status of [400, 401, 429, 500]) {
      for (const message of quoting) {
        llm.failRequests({ status, message, times: 1 });
        const { error } = await ask({ provider, model });
        expect(error).toBeInstanceOf(ChatModelError);
        for (const secret of [KEY, KEY.slice(0, 8), KEY.slice(-4), 'Ludmilla', 'my diary']) {
          expect(everythingIn(error)).not.toContain(secret);
        }
      }
    }
  });

  it('of a revoked key says which variable to set, and shows no part of the key', async () => {
    const { llm, ask } = await setStage();
    llm.revokeKey(KEY);
    const { error } = await ask({ provider, model });
    expect(error).toMatchObject({
      failure: 'bad-key',
      remedy: expect.stringContaining(`${provider.toUpperCase()}_API_KEY`) as string,
    });
    expect(everythingIn(error)).not.toContain(KEY.slice(-6));
    expect(llm.requests).toHaveLength(1);
  });

  it('of an account without money is not tried again, although it looks like a rate limit', async () => {
    const { llm, ask } = await setStage();
    llm.rateLimit({ type: 'insufficient_quota', code: 'insufficient_quota' });
    const { error } = await ask({ provider, model });
    expect(error).toMatchObject({
      failure: 'out-of-credit',
      remedy: expect.stringContaining('credit') as string,
    });
    expect(llm.requests).toHaveLength(1);
  });

  it.each([
    [400, 'Your credit balance is too low to access the API.', 'out-of-credit'],
    [403, 'Your team has either used all available credits or reached its limit.', 'out-of-credit'],
    [429, 'You exceeded your current quota, please check your plan and billing details.', 'rate-limited'],
    [500, 'There are no credits in this database.', 'unavailable'],
  ])('of status %i with the words "%s" is %s', async (status, message, failure) => {
    const { llm, ask } = await setStage(ONCE);
    llm.failRequests({ status, message });
    expect((await ask({ provider, model })).error).toMatchObject({ failure });
  });

  it('of a model that does not exist says so', async () => {
    const { ask } = await setStage();
    const { error } = await ask({ provider, model: 'nobody-4' });
    expect(error).toMatchObject({ failure: 'unknown-model' });
    expect((error as Error).message).toContain('nobody-4');
  });

  it('of a conversation that is too long says so', async () => {
    const { llm, ask } = await setStage();
    llm.addModel({ name: 'small', api: provider, contextWindow: 10 });
    const { error } = await ask({ provider, model: 'small' }, { maxTokens: 5, system: 'word '.repeat(50) });
    expect(error).toMatchObject({ failure: 'context-too-long', retryable: false });
  });

  it('of overload inside a stream that began well is overload', async () => {
    const { llm, ask } = await setStage(ONCE);
    llm.reply(STORY);
    llm.interruptStreams({ after: 4 });
    const said = await ask({ provider, model });
    expect(said).toMatchObject({ error: { failure: 'overloaded' }, end: undefined });
    expect(said.text).not.toBe('');
  });

  it.each([
    [400, 'bad-request'],
    [429, 'rate-limited'],
    [500, 'unavailable'],
  ] as const)('of status %i inside a stream is %s', async (status, failure) => {
    const { llm, ask } = await setStage(ONCE);
    llm.interruptStreams({ after: 4, status });
    expect((await ask({ provider, model })).error).toMatchObject({ failure });
  });

  it.each([
    ['ends before its end', 'truncateAnswers', 4],
    ['lacks nothing but its end', 'truncateAnswers', 1_000],
    ['is cut off', 'dropRequests', 4],
    ['is cut off before it begins', 'dropRequests', 'nothing'],
    ['is cut off after the headers', 'dropRequests', 'headers'],
    ['is empty', 'truncateAnswers', 'headers'],
    ['is garbled', 'garbleAnswers', 4],
  ] as const)('of a stream that %s is never an answer', async (_what, how, after) => {
    const { llm, ask } = await setStage(ONCE);
    llm.reply(STORY);
    const fault = { after } as { after: number };
    llm[how](fault);
    const said = await ask({ provider, model });
    expect(said).toMatchObject({ error: { failure: 'unavailable' }, end: undefined });
    expect(said.text.length > 0).toBe(typeof after === 'number');
  });

  it('of a server that is down says where it was looked for', async () => {
    const { llm, ask } = await setStage(ONCE);
    await llm.goDown();
    const { error } = await ask({ provider, model });
    expect(error).toMatchObject({
      failure: 'unavailable',
      remedy: expect.stringContaining('127.0.0.1') as string,
    });
    expect((error as Error).message).toContain('ECONNREFUSED');
    await llm.comeBack();
    expect((await ask({ provider, model })).end).toBe('complete');
  });

  it('of silence in the middle is given up after the idle time, and the request with it', async () => {
    const { llm, ask } = await setStage({ patience: { attempts: 1, idle: 60 } });
    llm.reply(STORY);
    llm.hangRequests({ after: 4 });
    const said = await ask({ provider, model });
    expect(said).toMatchObject({ error: { failure: 'idle' } });
    expect(said.text).not.toBe('');
    await llm.until(() => llm.requests[0]?.aborted, 'the request to be given up');
  });

  it('of silence from the beginning is given up after the idle time', async () => {
    const { llm, ask } = await setStage({ patience: { attempts: 1, idle: 60 } });
    llm.hangRequests();
    expect((await ask({ provider, model })).error).toMatchObject({ failure: 'idle' });
    await llm.until(() => llm.requests[0]?.aborted, 'the request to be given up');
  });

  it('of an answer that never ends is given up at the deadline, though it never was idle', async () => {
    const { llm, ask } = await setStage({ patience: { idle: 10_000, deadline: 150 } });
    llm.reply({ text: STORY.repeat(100), latency: { betweenTokensMs: 5 } });
    const said = await ask({ provider, model });
    expect(said).toMatchObject({ error: { failure: 'unavailable' }, end: undefined });
    expect((said.error as Error).message).toContain('0.15 s');
    await llm.until(() => llm.requests[0]?.aborted, 'the request to be given up');
    expect(llm.requests).toHaveLength(1);
  });
});

it('a reasoning model may think in silence for longer than others', async () => {
  const { llm, ask } = await setStage({ patience: { attempts: 1, idle: 30, silentThought: 10_000 } });
  llm.slowRequests({ headersMs: 120, model: /^(o3|gpt-4o)$/ });
  expect((await ask({ provider: 'openai', model: 'o3' })).end).toBe('complete');
  expect((await ask({ provider: 'openai', model: 'gpt-4o' })).error).toMatchObject({ failure: 'idle' });
});

it('Gemini, which puts its errors into a list, is understood', async () => {
  const body = [{ error: { code: 400, message: 'API key not valid.', status: 'INVALID_ARGUMENT' } }];
  const { ask } = await setStage({
    fetch: () => Promise.resolve(Response.json(body, { status: 400 })),
  });
  const { error } = await ask({ provider: 'gemini' });
  expect(error).toMatchObject({
    failure: 'bad-key',
    remedy: expect.stringContaining('GEMINI_API_KEY') as string,
  });
});

it('an answer is whole when only the end of its connection is missing', async () => {
  const chunks = [
    { choices: [{ index: 0, delta: { content: 'All of it.' }, finish_reason: null }] },
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  ];
  const body = new ReadableStream({
    start(controller) {
      for (const chunk of chunks)
        controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(chunk)}\n\n`));
      // And never closed.
    },
  });
  const response = new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  const { ask } = await setStage({
    fetch: () => Promise.resolve(response),
    patience: { idle: 50, attempts: 1 },
  });
  const said = await ask({ provider: 'openai', model: 'gpt-4o' });
  expect([said.text, said.end, said.error]).toEqual(['All of it.', 'complete', undefined]);
});

it('a key with a character that no key has is told before anything is sent, and not shown', async () => {
  const { models, llm } = await setStage();
  const apiKey = 'sk-proj\u2011abcdefghijklmnop';
  let error: unknown;
  try {
    models.open({ provider: 'openai', model: 'gpt-4o', apiKey });
  } catch (thrown) {
    error = thrown;
  }
  expect(everythingIn(error)).toContain('holds a character that no key has');
  expect(everythingIn(error)).not.toContain('abcdefgh');
  expect(llm.requests).toEqual([]);
});
