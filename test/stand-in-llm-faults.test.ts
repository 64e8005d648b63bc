import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ApiName } from './support/llm/recorded-request.ts';
import { anthropicClient, ask, openAiClient } from './support/llm/sdk-clients.ts';
import type { Turn } from './support/llm/sdk-clients.ts';
import { startStandInLlm } from './support/llm/stand-in-llm.ts';
import type { StandInLlm } from './support/llm/stand-in-llm.ts';
import { tokenize } from './support/llm/tokens.ts';

const HELLO: readonly Turn[] = [{ role: 'user', content: 'hello' }];
const STORY = 'Once upon a time, in a green room, fifty bots were waiting for their cue.';
const HALF = tokenize(STORY).slice(0, 8).join('');

const APIS = ['openai', 'anthropic'] as const satisfies ApiName[];
const WAYS = APIS.flatMap((api) => [false, true].map((stream) => ({ api, stream })));
const SDK = { openai: OpenAI, anthropic: Anthropic };

async function stage(): Promise<StandInLlm> {
  const llm = await startStandInLlm();
  onTestFinished(() => llm.stop());
  llm.reply(STORY);
  return llm;
}

describe.each(APIS)('%s: an error', (api) => {
  it.each([
    [400, 'BadRequestError'],
    [401, 'AuthenticationError'],
    [403, 'PermissionDeniedError'],
    [404, 'NotFoundError'],
    [408, 'APIError'],
    [409, 'ConflictError'],
    [413, 'APIError'],
    [422, 'UnprocessableEntityError'],
    [429, 'RateLimitError'],
    [500, 'InternalServerError'],
    [502, 'InternalServerError'],
    [503, 'InternalServerError'],
    [529, 'InternalServerError'],
  ] as const)('of status %i is a %s of the SDK', async (status, name) => {
    const llm = await stage();
    const fault = llm.failRequests({ status, message: 'by order', times: 1 });
    const failure = await ask(llm, api, { turns: HELLO, stream: true }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SDK[api][name]);
    expect(failure).toMatchObject({ status, message: expect.stringContaining('by order') as string });
    expect(failure).toMatchObject({ requestID: 'req_standin000000' });
    expect(fault.hits).toBe(1);
    expect((await ask(llm, api, { turns: HELLO, stream: true })).text).toBe(STORY);
  });

  it('has the shape of its API', async () => {
    const llm = await stage();
    llm.failRequests({ status: 529 });
    const failure = await ask(llm, api, { turns: HELLO, stream: false }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: api === 'openai' ? 'server_error' : 'overloaded_error' });
  });

  it.each([408, 409, 429, 500, 529])('of status %i is retried by the SDK', async (status) => {
    const llm = await stage();
    llm.failRequests({ status, headers: { 'retry-after-ms': '1' }, times: 2 });
    const answer = await ask(llm, api, { turns: HELLO, stream: true, maxRetries: 2 });
    expect(answer.text).toBe(STORY);
    expect(llm.requests.map((request) => request.headers['x-stainless-retry-count'])).toEqual([
      '0',
      '1',
      '2',
    ]);
  });

  it.each([{ retryAfter: 0.05 }, { retryAfterMs: 50 }])('429 says when to come back: %j', async (wait) => {
    const llm = await stage();
    llm.rateLimit({ ...wait, times: 1 });
    await ask(llm, api, { turns: HELLO, stream: true, maxRetries: 1 });
    const [first, second] = llm.requests;
    // Timers may fire a millisecond early by the wall clock.
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(49);
  });

  it('429 may be for good, as when nothing is paid', async () => {
    const llm = await stage();
    llm.rateLimit({ type: 'insufficient_quota', code: 'insufficient_quota', message: 'Check your plan.' });
    const failure = await ask(llm, api, { turns: HELLO, stream: true }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 429, type: 'insufficient_quota' });
  });
});

describe.each(WAYS)('$api, streamed: $stream', ({ api, stream }) => {
  const asked = { turns: HELLO, stream };

  it('a connection dropped before the answer is a connection error', async () => {
    const llm = await stage();
    llm.dropRequests();
    await expect(ask(llm, api, asked)).rejects.toBeInstanceOf(SDK[api].APIConnectionError);
    expect(llm.requests).toMatchObject([{ status: 0, aborted: false }]);
  });

  it('a connection refused is a connection error, until the service is back', async () => {
    const llm = await stage();
    await llm.goDown();
    await expect(ask(llm, api, asked)).rejects.toBeInstanceOf(SDK[api].APIConnectionError);
    await llm.comeBack();
    expect((await ask(llm, api, asked)).text).toBe(STORY);
  });

  it('silence before the headers ends with the timeout of the SDK', async () => {
    const llm = await stage();
    const fault = llm.hangRequests({ times: 1 });
    const failure = ask(llm, api, { ...asked, timeout: 50 });
    await expect(failure).rejects.toBeInstanceOf(SDK[api].APIConnectionTimeoutError);
    await llm.until(() => llm.requests[0]?.aborted, 'the client to give up');
    expect(fault.holding).toBe(0);
  });

  it('silence ends when it is lifted', async () => {
    const llm = await stage();
    const fault = llm.hangRequests({ after: stream ? 8 : 'headers' });
    const answer = ask(llm, api, asked);
    await llm.until(() => fault.holding === 1, 'silence');
    fault.lift();
    expect((await answer).text).toBe(STORY);
  });

  it('is slow when told to be', async () => {
    const llm = await stage();
    llm.slowRequests({ headersMs: 20, firstTokenMs: 20, betweenTokensMs: stream ? 1 : 0 });
    const start = performance.now();
    expect((await ask(llm, api, asked)).text).toBe(STORY);
    expect(performance.now() - start).toBeGreaterThanOrEqual(stream ? 38 + tokenize(STORY).length - 1 : 38);
  });

  it('notices a client that goes away', async () => {
    const llm = await stage();
    llm.hangRequests({ after: stream ? 3 : 'headers' });
    const controller = new AbortController();
    const answer = ask(llm, api, { ...asked, signal: controller.signal });
    await llm.until(() => llm.requests[0]?.status === 200, 'headers');
    controller.abort();
    await answer.catch(() => undefined);
    await llm.until(() => llm.requests[0]?.ended, 'the end');
    expect(llm.requests[0]).toMatchObject({ aborted: true });
  });

  it('characters cut between two chunks arrive whole', async () => {
    const llm = await stage();
    const text = 'Grüße, 世界! 👩‍👩‍👧‍👦';
    llm.reply(text);
    llm.splitAnswers({ bytes: 1 });
    expect((await ask(llm, api, asked)).text).toBe(text);
  });
});

describe.each(APIS)('%s: a whole answer', (api) => {
  const asked = { turns: HELLO, stream: false };

  it.each(['dropRequests', 'truncateAnswers', 'garbleAnswers'] as const)(
    'is an error after %s',
    async (how) => {
      const llm = await stage();
      llm[how]({ after: 1 });
      await expect(ask(llm, api, asked)).rejects.toBeInstanceOf(Error);
    },
  );
});

describe.each(APIS)('%s: a stream', (api) => {
  const asked = { turns: HELLO, stream: true };

  it('that is cut off is an error without a status', async () => {
    const llm = await stage();
    llm.dropRequests({ after: 8 });
    let seen = '';
    const failure = await ask(llm, api, { ...asked, onText: (text) => (seen += text) }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ name: 'TypeError', message: 'terminated' });
    expect(seen).toBe(HALF);
    expect(llm.requests[0]).toMatchObject({ tokensSent: 8, aborted: false });
  });

  it('that ends before its end is taken by the raw iterator for complete: only the finish is missing', async () => {
    const llm = await stage();
    llm.truncateAnswers({ after: 8 });
    expect(await ask(llm, api, asked)).toMatchObject({ text: HALF, finish: null });
  });

  it('that lacks nothing but its end, too', async () => {
    const llm = await stage();
    llm.truncateAnswers({ after: 1_000 });
    expect(await ask(llm, api, asked)).toMatchObject({ text: STORY, finish: null });
  });

  it('with an event that is no JSON is an error', async () => {
    const llm = await stage();
    llm.garbleAnswers({ after: 8 });
    await expect(ask(llm, api, asked)).rejects.toBeInstanceOf(SyntaxError);
  });

  it('with an error in it is an error without a status, and is not retried', async () => {
    const llm = await stage();
    llm.interruptStreams({ after: 8 });
    const failure = await ask(llm, api, { ...asked, maxRetries: 2 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SDK[api].APIError);
    expect(failure).toMatchObject({
      status: undefined,
      type: api === 'openai' ? 'server_error' : 'overloaded_error',
    });
    expect(llm.requests).toHaveLength(1);
  });

  it('that is aborted by its reader is taken by the raw iterator for complete, too', async () => {
    const llm = await stage();
    llm.hangRequests({ after: 8 });
    const controller = new AbortController();
    const answer = ask(llm, api, {
      ...asked,
      signal: controller.signal,
      onText: () => {
        controller.abort();
      },
    });
    expect(await answer).toMatchObject({ finish: null });
    await llm.until(() => llm.requests[0]?.aborted, 'the abort');
  });

  it('that falls silent outlives the timeout of the SDK', async () => {
    const llm = await stage();
    const fault = llm.hangRequests({ after: 8 });
    const controller = new AbortController();
    let seen = '';
    const answer = ask(llm, api, {
      ...asked,
      timeout: 20,
      signal: controller.signal,
      onText: (text) => (seen += text),
    });
    const patience = new Promise((resolve) => setTimeout(resolve, 100, 'still waiting'));
    expect(await Promise.race([answer, patience])).toBe('still waiting');
    expect(seen).toBe(HALF);
    fault.lift();
    expect((await answer).text).toBe(STORY);
  });
});

describe('the helpers of the SDKs', () => {
  it('OpenAI: take a stream that ends before its end for an error', async () => {
    const llm = await stage();
    llm.truncateAnswers({ after: 8 });
    const { completions } = openAiClient(llm).chat;
    const stream = completions.stream({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }] });
    await expect(stream.finalChatCompletion()).rejects.toThrow('missing finish_reason');
  });

  it('Anthropic: take a stream that ends before its end for an error, too', async () => {
    const llm = await stage();
    llm.truncateAnswers({ after: 8 });
    const { messages } = anthropicClient(llm);
    const stream = messages.stream({
      model: 'claude-opus-4-5',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'hello' }],
    });
    await expect(stream.finalMessage()).rejects.toThrow('stream ended without producing a Message');
  });
});

describe('the stand-in', () => {
  it('serves hundreds of streams beside one another', async () => {
    const llm = await stage();
    llm.reply({ text: STORY.repeat(20), latency: { firstTokenMs: 5, betweenTokensMs: 0.05 } });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        ask(llm, n % 2 === 0 ? 'openai' : 'anthropic', { turns: HELLO, stream: true }),
      ),
    );
    expect(new Set(answers.map((answer) => answer.text))).toEqual(new Set([STORY.repeat(20)]));
  });

  it('stops although something hangs, and ends every wait', async () => {
    const llm = await startStandInLlm();
    llm.hangRequests({ after: 'headers' });
    const answer = ask(llm, 'openai', { turns: HELLO, stream: true }).catch((error: unknown) => error);
    const wait = llm.until(() => false, 'what never happens').catch((error: unknown) => String(error));
    await llm.until(() => llm.requests[0]?.status === 200, 'headers');
    await llm.stop();
    expect(await wait).toContain('was stopped');
    await answer;
  });
});
