import { describe, expect, it } from 'vitest';
import type { CallMeter, ChatCallResult, PlannedChatCall } from '../../src/agents/chat-model.ts';
import { boundTokens, estimateTokens } from '../../src/agents/tokens.ts';
import { CircuitOpenError } from '../../src/providers/circuit-open-error.ts';
import { PROVIDERS, setStage, user } from './stage.ts';

const STORY = 'Once upon a time, in a green room, fifty bots were waiting for their cue.';
const ONCE = { patience: { attempts: 1 } };
const NOTHING = { input: 0, cached: 0, output: 0 };

/** A call as its meter saw it. */
interface MeteredCall {
  readonly planned: PlannedChatCall;
  /** One, unless something is wrong. */
  readonly results: ChatCallResult[];
}

interface RecordingMeter extends CallMeter {
  readonly calls: MeteredCall[];
  /** The outcome of every call that was told to be over, in the order in which they began. */
  readonly outcomes: () => string[];
}

function recordingMeter(onBegin: () => unknown = () => undefined): RecordingMeter {
  const calls: MeteredCall[] = [];
  return {
    calls,
    outcomes: () => calls.flatMap(({ results }) => results.map((result) => result.outcome)),
    async begin(planned) {
      await onBegin();
      const results: ChatCallResult[] = [];
      calls.push({ planned, results });
      return (result) => {
        results.push(result);
        return Promise.resolve();
      };
    },
  };
}

describe.each(PROVIDERS)('$provider: a call that is metered', ({ provider, model }) => {
  it('is told of before it goes out, with the most that it can use, and once when it is over', async () => {
    let clock = 1_000;
    const { llm, ask } = await setStage({ now: () => (clock += 250) });
    llm.reply({ text: STORY, usage: { input: 100, cacheRead: 60 } });
    const sentBefore: number[] = [];
    const meter = recordingMeter(() => sentBefore.push(llm.requests.length));
    const request = { system: 'Be brief.', messages: [user('Tell me.')], maxTokens: 300 };
    await ask({ provider, model }, { ...request, meter });
    const server = { address: '127.0.0.1', port: Number(new URL(llm.openaiUrl).port) };
    expect(sentBefore).toEqual([0]);
    const output = llm.requests[0]?.usage?.output;
    expect(meter.calls).toEqual([
      {
        planned: { provider, model, server, inputBound: boundTokens(request), maxTokens: 300 },
        results: [
          {
            usage: { input: 100, cached: 60, output },
            counted: true,
            latencyMs: 250,
            outcome: 'complete',
            servedAs: expect.stringContaining(model) as string,
          },
        ],
      },
    ]);
  });

  it.each([
    ['length', { text: STORY }, 5],
    ['refusal', { text: 'I would rather not.', refusal: true }, 100],
  ] as const)('ended by %s says so', async (outcome, reply, maxTokens) => {
    const { llm, ask } = await setStage();
    llm.reply(reply);
    const meter = recordingMeter();
    await ask({ provider, model }, { meter, maxTokens });
    expect(meter.calls).toMatchObject([{ results: [{ outcome, counted: true }] }]);
  });

  it('is one for each try', async () => {
    const { llm, ask } = await setStage();
    llm.failRequests({ status: 429, times: 1 });
    llm.failRequests({ status: 529, times: 1 });
    const meter = recordingMeter();
    expect((await ask({ provider, model }, { meter })).end).toBe('complete');
    expect(meter.outcomes().sort()).toEqual(['complete', 'overloaded', 'rate-limited']);
    expect(meter.calls).toHaveLength(3);
  });

  it.each([
    [400, 'bad-request'],
    [401, 'bad-key'],
    [402, 'out-of-credit'],
    [403, 'bad-key'],
    [404, 'unknown-model'],
    [413, 'context-too-long'],
    [429, 'rate-limited'],
    [500, 'unavailable'],
    [502, 'unavailable'],
    [529, 'overloaded'],
  ] as const)('and refused with %i used nothing', async (status, outcome) => {
    const { llm, ask } = await setStage(ONCE);
    llm.failRequests({ status });
    const meter = recordingMeter();
    await ask({ provider, model }, { meter });
    expect(meter.calls).toMatchObject([{ results: [{ usage: NOTHING, counted: true, outcome }] }]);
  });

  it('and never arrived used nothing', async () => {
    const { llm, ask } = await setStage(ONCE);
    await llm.goDown();
    const meter = recordingMeter();
    await ask({ provider, model }, { meter });
    expect(meter.calls).toMatchObject([
      { results: [{ usage: NOTHING, counted: true, outcome: 'unavailable' }] },
    ]);
  });

  it.each([
    ['a cut after the headers', 'unavailable', ({ llm }) => llm.dropRequests({ after: 'headers' })],
    ['silence', 'idle', ({ llm }) => llm.hangRequests()],
  ] as [string, string, (stage: Awaited<ReturnType<typeof setStage>>) => unknown][])(
    'and failed by %s may have cost its prompt, which is estimated',
    async (_how, outcome, fail) => {
      const stage = await setStage({ patience: { attempts: 1, idle: 60 } });
      fail(stage);
      const meter = recordingMeter();
      await stage.ask({ provider, model }, { meter, messages: [user('x'.repeat(4_000))] });
      const [result] = meter.calls[0]?.results ?? [];
      expect(result).toMatchObject({ counted: false, outcome, usage: { output: 0 } });
      expect(result?.usage.input).toBeGreaterThanOrEqual(1_000);
      expect(result?.usage.input).toBeLessThan(1_100);
    },
  );

  it.each([
    ['is cut off', 'dropRequests', 'unavailable'],
    ['ends too soon', 'truncateAnswers', 'unavailable'],
    ['turns into overload', 'interruptStreams', 'overloaded'],
  ] as const)('whose answer %s is booked with what came', async (_what, how, outcome) => {
    const { llm, ask } = await setStage(ONCE);
    llm.reply(STORY);
    llm[how]({ after: 8 });
    const meter = recordingMeter();
    const { text } = await ask({ provider, model }, { meter });
    expect(meter.outcomes()).toEqual([outcome]);
    expect(meter.calls[0]?.results[0]).toMatchObject({
      counted: false,
      usage: { output: estimateTokens(text) },
    });
    expect(meter.calls[0]?.results[0]?.usage.input).toBeGreaterThan(0);
  });

  it('whose reader goes away is cancelled, and booked with what came', async () => {
    const { llm, models } = await setStage();
    llm.reply({ text: STORY, usage: { input: 4_321 } });
    llm.hangRequests({ after: 8 });
    const meter = recordingMeter();
    const request = { system: '', messages: [user('Hi.')], maxTokens: 100, temperature: undefined, meter };
    let text = '';
    for await (const event of models.open({ provider, model }).stream(request, AbortSignal.any([]))) {
      if (event.kind === 'text') text += event.text;
      if (text.length > 10) break;
    }
    // Anthropic counts the prompt before it answers.
    const input = provider === 'anthropic' ? 4_321 : estimateTokens('Hi.') + 4;
    expect(meter.calls[0]?.results).toMatchObject([
      { outcome: 'cancelled', counted: false, usage: { input, output: estimateTokens(text) } },
    ]);
  });

  it('that is aborted is cancelled', async () => {
    const { llm, ask } = await setStage();
    llm.hangRequests();
    const controller = new AbortController();
    const meter = recordingMeter();
    const answer = ask({ provider, model }, { meter, signal: controller.signal });
    await llm.until(() => llm.requests[0] !== undefined, 'the request');
    controller.abort(new Error('the host stops'));
    await answer;
    expect(meter.calls).toMatchObject([{ results: [{ outcome: 'cancelled', counted: false }] }]);
  });

  it('that is aborted while its meter takes its time is not made, and used nothing', async () => {
    const { llm, ask } = await setStage();
    const controller = new AbortController();
    const reason = new Error('the host stops');
    const meter = recordingMeter(() => {
      controller.abort(reason);
    });
    expect((await ask({ provider, model }, { meter, signal: controller.signal })).error).toBe(reason);
    expect(meter.calls).toMatchObject([
      { results: [{ usage: NOTHING, counted: true, outcome: 'cancelled' }] },
    ]);
    expect(llm.requests).toEqual([]);
  });

  it('that does not end in time says so', async () => {
    const { llm, ask } = await setStage({ patience: { idle: 10_000, deadline: 150 } });
    llm.reply({ text: STORY.repeat(100), latency: { betweenTokensMs: 5 } });
    const meter = recordingMeter();
    await ask({ provider, model }, { meter });
    expect(meter.calls).toMatchObject([{ results: [{ outcome: 'unavailable', counted: false }] }]);
  });

  it('of a server that counts nothing is estimated', async () => {
    const { llm, ask } = await setStage();
    llm.reply({ text: STORY, usage: { input: 0, output: 0 } });
    const meter = recordingMeter();
    const messages = [user('x'.repeat(400))];
    await ask({ provider, model }, { meter, messages });
    const usage = { input: 104, cached: 0, output: estimateTokens(STORY) };
    expect(meter.calls).toMatchObject([{ results: [{ usage, counted: false, outcome: 'complete' }] }]);
  });

  it('is one although a parameter is refused and left out', async () => {
    const { llm, ask } = await setStage();
    llm.addModel({ name: 'claude-3-cold', api: provider, refusesTemperature: true });
    const meter = recordingMeter();
    await ask({ provider, model: 'claude-3-cold' }, { meter, temperature: 0.7 });
    expect(llm.requests).toHaveLength(2);
    expect(meter.outcomes()).toEqual(['complete']);
  });

  it('that cannot be booked when it is over is an answer all the same, and the log is told', async () => {
    const { ask, logger } = await setStage();
    const meter: CallMeter = {
      begin: () => Promise.resolve(() => Promise.reject(new Error('the database is away'))),
    };
    expect(await ask({ provider, model }, { meter })).toMatchObject({ end: 'complete', error: undefined });
    expect(logger.lines).toMatchObject([
      { level: 'error', text: `a call to ${provider} (${model}) could not be booked` },
    ]);
  });
});

describe('a call that its meter forbids', () => {
  const forbidden = new Error('the budget is spent');
  const forbidding: CallMeter = { begin: () => Promise.reject(forbidden) };
  const selection = {
    provider: 'openai',
    model: 'gpt-4o',
    fallbacks: [{ provider: 'openai', model: 'gpt-4o-mini' }, { provider: 'anthropic' }],
  };

  it('is not made, nor any other in its place, and the error comes out as it is', async () => {
    const { llm, ask, waits, logger } = await setStage();
    expect((await ask(selection, { meter: forbidding })).error).toBe(forbidden);
    expect(llm.requests).toEqual([]);
    expect(waits).toEqual([]);
    expect(logger.lines).toEqual([]);
  });

  it('does not speak against the provider', async () => {
    const { ask } = await setStage({ circuit: { failures: 1 } });
    for (let n = 0; n < 3; n++) await ask(selection, { meter: forbidding });
    expect(await ask(selection)).toMatchObject({ end: 'complete', by: 'openai gpt-4o' });
  });

  it('may be the second: then the fallback is not asked', async () => {
    const { llm, ask } = await setStage();
    llm.failRequests({ status: 401, model: 'gpt-4o' });
    let calls = 0;
    const meter = recordingMeter(() => {
      if (++calls === 2) throw forbidden;
    });
    expect((await ask(selection, { meter })).error).toBe(forbidden);
    expect(llm.requests.map((request) => request.model)).toEqual(['gpt-4o']);
    expect(meter.outcomes()).toEqual(['bad-key']);
  });
});

it('each fallback is a call of its own, and the answer says who gave it', async () => {
  const { llm, ask } = await setStage(ONCE);
  llm.failRequests({ status: 401, model: 'gpt-4o' });
  llm.failRequests({ status: 402, model: 'gpt-4o-mini' });
  const meter = recordingMeter();
  const fallbacks = [{ provider: 'openai', model: 'gpt-4o-mini' }, { provider: 'anthropic' }];
  const said = await ask({ provider: 'openai', model: 'gpt-4o', fallbacks }, { meter });
  expect(said).toMatchObject({ end: 'complete', by: 'anthropic claude-haiku-4-5' });
  expect(meter.calls.map(({ planned }) => planned.model)).toEqual([
    'gpt-4o',
    'gpt-4o-mini',
    'claude-haiku-4-5',
  ]);
  expect(meter.outcomes()).toEqual(['bad-key', 'out-of-credit', 'complete']);
});

it('a provider that is left alone is not called', async () => {
  const { llm, ask } = await setStage({ ...ONCE, circuit: { failures: 1 } });
  llm.failRequests({ status: 500 });
  const meter = recordingMeter();
  await ask({ provider: 'openai' }, { meter });
  expect((await ask({ provider: 'openai' }, { meter })).error).toBeInstanceOf(CircuitOpenError);
  expect(meter.outcomes()).toEqual(['unavailable']);
});

/** Answers every request with a stream of these chunks. */
function answering(...chunks: object[]): typeof fetch {
  const events = [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'];
  const body = events.map((event) => `data: ${event}\n\n`).join('');
  const headers = { 'content-type': 'text/event-stream' };
  return () => Promise.resolve(new Response(body, { headers }));
}

const chunk = (content: string, finish: string | null) => ({
  choices: [{ index: 0, delta: { content }, finish_reason: finish }],
});

it('thoughts that a provider counts in the total alone are booked as output', async () => {
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 40 };
  const { ask } = await setStage({ fetch: answering(chunk('Hi.', 'stop'), { choices: [], usage }) });
  const said = await ask({ provider: 'gemini' });
  expect(said).toMatchObject({ end: 'complete', usage: { input: 10, cached: 0, output: 30 } });
});

it('usage that a server counts in part is estimated for the rest', async () => {
  const usage = { prompt_tokens: 10 };
  const { ask } = await setStage({ fetch: answering(chunk('x'.repeat(40), 'stop'), { choices: [], usage }) });
  const meter = recordingMeter();
  await ask({ provider: 'openai' }, { meter });
  expect(meter.calls).toMatchObject([
    { results: [{ usage: { input: 10, cached: 0, output: 10 }, counted: false }] },
  ]);
});

it('a refusal that comes after words is no refusal before the work: the words are booked', async () => {
  const error = { message: 'Too many requests', code: 429 };
  const { ask } = await setStage({ ...ONCE, fetch: answering(chunk('x'.repeat(40), null), { error }) });
  const meter = recordingMeter();
  await ask({ provider: 'openai' }, { meter });
  expect(meter.calls).toMatchObject([
    { results: [{ usage: { output: 10 }, counted: false, outcome: 'rate-limited' }] },
  ]);
});
