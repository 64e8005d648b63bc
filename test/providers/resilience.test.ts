import { describe, expect, it } from 'vitest';
import { CircuitOpenError } from '../../src/providers/circuit-open-error.ts';
import type { Incidents } from '../../src/recovery/incidents.ts';
import { everythingIn, KEY, PROVIDERS, setStage } from './stage.ts';

const STORY = 'Once upon a time, in a green room, fifty bots were waiting for their cue.';

describe.each(PROVIDERS)('$provider: asking again', ({ provider, model }) => {
  it.each([429, 500, 529])(
    'a request answered %i is made again, and the user sees the answer',
    async (status) => {
      const { llm, ask, waits } = await setStage();
      llm.reply(STORY);
      llm.failRequests({ status, times: 2 });
      expect(await ask({ provider, model })).toMatchObject({ text: STORY, end: 'complete' });
      expect(llm.requests).toHaveLength(3);
      expect(waits).toEqual([500, 1_000]);
    },
  );

  it.each(['dropRequests', 'truncateAnswers', 'interruptStreams'] as const)(
    'a stream that breaks before its first word (%s) is asked for again',
    async (how) => {
      const { llm, ask } = await setStage();
      llm.reply(STORY);
      llm[how]({ after: 0, times: 2 });
      expect(await ask({ provider, model })).toMatchObject({ text: STORY, end: 'complete' });
      expect(llm.requests).toHaveLength(3);
    },
  );

  it('a model whose streams keep breaking is asked without streaming: the answer comes whole', async () => {
    const reports: string[] = [];
    const incidents: Incidents = {
      report: (area, reason, { of } = {}) => reports.push(`${area}:${String(of)} ${reason}`),
      recovered: () => undefined,
      forget: () => undefined,
    };
    const { llm, ask } = await setStage({ incidents });
    llm.reply(STORY);
    llm.truncateAnswers({ after: 3, times: 2 });
    const selection = { provider, model };
    for (let n = 0; n < 2; n++)
      expect((await ask(selection)).error).toMatchObject({ failure: 'unavailable' });
    expect(await ask(selection)).toMatchObject({ text: STORY, end: 'complete', pieces: 1 });
    expect(llm.requests.map(({ stream }) => stream)).toEqual([true, true, false]);
    expect(reports).toContain(`provider:${provider} streams-break`);
  });

  it('a stream that breaks after its first word is not: nobody reads the beginning twice', async () => {
    const { llm, ask } = await setStage();
    llm.reply(STORY);
    llm.dropRequests({ after: 3, times: 1 });
    const said = await ask({ provider, model });
    expect(said.error).toMatchObject({ failure: 'unavailable' });
    expect(STORY.startsWith(said.text)).toBe(true);
    expect(llm.requests).toHaveLength(1);
  });

  it('ends after three tries', async () => {
    const { llm, ask } = await setStage();
    llm.failRequests({ status: 529 });
    expect((await ask({ provider, model })).error).toMatchObject({ failure: 'overloaded' });
    expect(llm.requests).toHaveLength(3);
  });

  it.each([400, 401, 403, 404, 413])('is no use after %i', async (status) => {
    const { llm, ask, waits } = await setStage();
    llm.failRequests({ status });
    expect((await ask({ provider, model })).error).toMatchObject({ retryable: false });
    expect(llm.requests).toHaveLength(1);
    expect(waits).toEqual([]);
  });

  it.each([
    ['seconds', { 'retry-after': '7' }, 7_000],
    ['a fraction of them', { 'retry-after': '0.25' }, 250],
    ['milliseconds', { 'retry-after-ms': '1234', 'retry-after': '7' }, 1_234],
    ['a date', { 'retry-after': 'Fri, 20 Nov 2026 12:00:09 GMT' }, 9_000],
    ['a date gone by', { 'retry-after': 'Fri, 20 Nov 2026 11:00:00 GMT' }, 0],
    ['nonsense', { 'retry-after': 'soon' }, 0],
  ] as const)('waits as long as the provider says in %s, and a little more', async (_how, headers, asked) => {
    const { llm, ask, waits } = await setStage({ now: () => Date.UTC(2026, 10, 20, 12) });
    llm.failRequests({ status: 429, headers, times: 1 });
    expect((await ask({ provider, model })).end).toBe('complete');
    expect(waits).toEqual([asked + 500]);
  });

  it('does not keep the user waiting for minutes when the provider asks for that', async () => {
    const { llm, ask, waits } = await setStage();
    llm.rateLimit({ retryAfter: 600 });
    expect((await ask({ provider, model })).error).toMatchObject({
      failure: 'rate-limited',
      retryAfter: 600_000,
    });
    expect(llm.requests).toHaveLength(1);
    expect(waits).toEqual([]);
  });

  it('stops waiting when it is cancelled', async () => {
    const controller = new AbortController();
    const reason = new Error('the host stops');
    const { llm, ask } = await setStage({
      sleep: (_ms, signal) => {
        controller.abort(reason);
        return signal.aborted ? Promise.resolve() : Promise.reject(new Error('not told'));
      },
    });
    llm.failRequests({ status: 500 });
    expect((await ask({ provider, model }, { signal: controller.signal })).error).toBe(reason);
    expect(llm.requests).toHaveLength(1);
  });

  it('stays within the one deadline of the answer', async () => {
    const { llm, ask } = await setStage({ patience: { idle: 40, deadline: 100, attempts: 50 } });
    llm.hangRequests();
    const { error } = await ask({ provider, model });
    expect(error).toMatchObject({ failure: 'unavailable' });
    expect(llm.requests.length).toBeLessThanOrEqual(3);
  });
});

describe('a provider that keeps failing', () => {
  const circuit = { failures: 2, openFor: 60_000 };
  const once = { attempts: 1 };
  const openai = { provider: 'openai', model: 'gpt-4o' };

  it('is left alone for a while: users hear at once until when, and it is not asked', async () => {
    const { llm, ask, logger } = await setStage({ circuit, patience: once });
    llm.failRequests({ status: 500 });
    await ask(openai);
    await ask({ ...openai, model: 'gpt-4o-mini' });
    const { error } = await ask(openai);
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(error).toMatchObject({ failure: 'unavailable' });
    expect((error as CircuitOpenError).retryAfter).toBeGreaterThan(50_000);
    expect((error as Error).message).toMatch(/openai .* until \d\d:\d\d:\d\d UTC/);
    expect(everythingIn(error)).not.toContain(KEY);
    expect(llm.requests).toHaveLength(2);
    expect(logger.lines.filter((line) => line.level === 'warn')).toHaveLength(1);
  });

  it('is not tried again and again by one answer once it is left alone', async () => {
    const { llm, ask } = await setStage({ circuit, patience: { attempts: 10 } });
    llm.failRequests({ status: 500 });
    expect((await ask(openai)).error).toBeInstanceOf(CircuitOpenError);
    expect(llm.requests).toHaveLength(2);
  });

  it('is left alone with that key only, and the other providers go on', async () => {
    const { llm, ask } = await setStage({ circuit, patience: once });
    llm.failRequests({ status: 500, api: 'openai', key: KEY });
    await ask(openai);
    await ask(openai);
    expect((await ask({ ...openai, apiKey: 'sk-another-key' })).end).toBe('complete');
    expect((await ask({ provider: 'anthropic' })).end).toBe('complete');
    expect((await ask(openai)).error).toBeInstanceOf(CircuitOpenError);
  });

  it('is left alone for as long as it asks', async () => {
    const { llm, ask } = await setStage({ circuit: { failures: 1, openFor: 0 }, patience: once });
    llm.rateLimit({ retryAfter: 200 });
    await ask(openai);
    const { error } = await ask(openai);
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect((error as CircuitOpenError).retryAfter).toBeGreaterThan(190_000);
  });

  it('is asked as usual again once one request was answered', async () => {
    const { llm, ask, logger } = await setStage({ circuit: { failures: 2, openFor: 0 }, patience: once });
    llm.failRequests({ status: 500, times: 3 });
    await ask(openai);
    await ask(openai);
    // Open, but not for any time: this one tries, and fails.
    expect((await ask(openai)).error).toMatchObject({ failure: 'unavailable' });
    expect(llm.requests).toHaveLength(3);
    expect((await ask(openai)).end).toBe('complete');
    llm.failRequests({ status: 500, times: 1 });
    await ask(openai);
    expect((await ask(openai)).end).toBe('complete');
    expect(logger.lines.filter((line) => line.level === 'info')).toHaveLength(1);
  });

  it('is asked by one user at a time until then, and by all from that answer’s first word on', async () => {
    const { llm, ask } = await setStage({ circuit: { failures: 1, openFor: 0 }, patience: once });
    llm.reply(STORY);
    llm.failRequests({ status: 500, times: 1 });
    await ask(openai);
    const silence = llm.hangRequests({ times: 1 });
    const trial = ask(openai);
    await llm.until(() => silence.holding === 1, 'the trial');
    expect((await ask(openai)).error).toBeInstanceOf(CircuitOpenError);
    silence.lift();
    expect((await trial).end).toBe('complete');

    llm.failRequests({ status: 500, times: 1 });
    await ask(openai);
    const pause = llm.hangRequests({ after: 5, times: 1 });
    const words = Promise.withResolvers<string>();
    const slow = ask(openai, { onText: words.resolve });
    await words.promise;
    expect((await ask(openai)).end).toBe('complete');
    pause.lift();
    expect((await slow).text).toBe(STORY);
  });

  it.each([401, 400, 404])('does not count what is not its fault (%i)', async (status) => {
    const { llm, ask } = await setStage({ circuit: { failures: 1 }, patience: once });
    llm.failRequests({ status, times: 3 });
    for (let n = 0; n < 3; n++) await ask(openai);
    expect((await ask(openai)).end).toBe('complete');
  });

  it('does not count users who went away', async () => {
    const { llm, ask } = await setStage({ circuit: { failures: 1 }, patience: once });
    const silence = llm.hangRequests();
    for (let n = 0; n < 3; n++) {
      const controller = new AbortController();
      const answer = ask(openai, { signal: controller.signal });
      await llm.until(() => silence.holding === 1, 'silence');
      controller.abort();
      await answer;
      await llm.until(() => silence.holding === 0, 'the request to be given up');
    }
    silence.lift();
    expect((await ask(openai)).end).toBe('complete');
  });
});

describe('a model with fallbacks', () => {
  const selection = {
    provider: 'openai',
    model: 'gpt-4o',
    fallbacks: [{ provider: 'openai', model: 'gpt-4o-mini' }, { provider: 'anthropic' }],
  };

  it('is asked itself as long as it answers', async () => {
    const { llm, ask } = await setStage();
    await ask(selection);
    expect(llm.requests.map((request) => request.model)).toEqual(['gpt-4o']);
  });

  it('that is ill is stood in for by the others, in order, and the user sees an answer', async () => {
    const { llm, ask, logger } = await setStage({ patience: { attempts: 1 } });
    llm.reply(STORY);
    llm.failRequests({ status: 500, api: 'openai' });
    expect(await ask(selection)).toMatchObject({ text: STORY, end: 'complete' });
    expect(llm.requests.map((request) => request.model)).toEqual([
      'gpt-4o',
      'gpt-4o-mini',
      'claude-haiku-4-5',
    ]);
    expect(logger.lines.filter((line) => line.level === 'warn')).toHaveLength(2);
  });

  it.each([401, 404, 400])('that answers %i is stood in for, too', async (status) => {
    const { llm, ask } = await setStage();
    llm.failRequests({ status, model: 'gpt-4o' });
    expect((await ask(selection)).end).toBe('complete');
    expect(llm.requests.map((request) => request.model)).toEqual(['gpt-4o', 'gpt-4o-mini']);
  });

  it('that began its answer is not: two voices make no answer', async () => {
    const { llm, ask } = await setStage();
    llm.reply(STORY);
    llm.dropRequests({ after: 3, model: 'gpt-4o' });
    expect((await ask(selection)).error).toMatchObject({ failure: 'unavailable' });
    expect(llm.requests).toHaveLength(1);
  });

  it('that finds the conversation too long says so, so that it can be shortened', async () => {
    const { llm, ask } = await setStage();
    llm.failRequests({ status: 413, model: 'gpt-4o' });
    expect((await ask(selection)).error).toMatchObject({ failure: 'context-too-long' });
    expect(llm.requests).toHaveLength(1);
  });

  it('fails with its own error when all of them fail', async () => {
    const { llm, ask } = await setStage({ patience: { attempts: 1 } });
    llm.failRequests({ status: 401, model: 'gpt-4o' });
    llm.failRequests({ status: 529, model: /mini|claude/ });
    expect((await ask(selection)).error).toMatchObject({ failure: 'bad-key' });
    expect(llm.requests).toHaveLength(3);
  });
});
