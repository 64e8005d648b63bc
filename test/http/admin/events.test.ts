import { expect, it, onTestFinished } from 'vitest';
import { type HostEvent, HostEvents } from '../../../src/events/host-events.ts';
import { openApi, type ApiStage } from '../../support/api-stage.ts';
import { headersOf } from '../../support/fake-guard.ts';

const state = (word: string, agentId = 'a1'): HostEvent => ({
  kind: 'agent.state',
  agentId,
  state: word,
  reason: '',
});

/** Reads a stream of events, block by block. */
async function listen({ url }: ApiStage, query = '', headers: Record<string, string> = {}) {
  const stop = new AbortController();
  onTestFinished(() => {
    stop.abort();
  });
  const response = await fetch(`${url}/api/events${query}`, {
    headers: { ...headersOf('viewer'), ...headers },
    signal: stop.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  /** The next block; undefined at the end. */
  const next = async (): Promise<string | undefined> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end !== -1) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        return block;
      }
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) return undefined;
      text += value;
    }
  };
  /** The next event, by its lines. */
  const event = async (): Promise<Record<string, string> | undefined> => {
    for (;;) {
      const block = await next();
      if (block === undefined) return undefined;
      if (!block.includes('event: ')) continue;
      const lines = block.split('\n').map((line): [string, string] => {
        const [name = '', ...rest] = line.split(': ');
        return [name, rest.join(': ')];
      });
      return Object.fromEntries(lines);
    }
  };
  return {
    status: response.status,
    headers: response.headers,
    next,
    event,
    stop: () => {
      stop.abort();
    },
  };
}

it('tells what happens as it happens, to each what they want, and nothing that anybody wrote', async () => {
  const stage = await openApi();
  const all = await listen(stage);
  const some = await listen(stage, '?kind=setting&kind=command');
  const one = await listen(stage, '?agent_id=a2');
  expect(all.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(await all.next()).toBe('retry: 3000');
  stage.events.emit(state('ready'));
  stage.events.emit({ kind: 'setting', name: 'LOG_LEVEL' });
  stage.events.emit(state('parked', 'a2'));
  const first = await all.event();
  expect(first).toMatchObject({
    event: 'agent.state',
    id: expect.stringMatching(/^[\da-f]{8}-1$/) as string,
  });
  expect(JSON.parse(String(first?.['data']))).toEqual({
    at: expect.any(String) as string,
    agent_id: 'a1',
    state: 'ready',
    reason: '',
  });
  expect(await some.event()).toMatchObject({
    event: 'setting',
    data: expect.stringContaining('LOG_LEVEL') as string,
  });
  expect(await one.event()).toMatchObject({ data: expect.stringContaining('parked') as string });
});

it('goes on after the last event that was heard, and says when some are missing', async () => {
  const stage = await openApi();
  const first = await listen(stage);
  stage.events.emit(state('starting'));
  const { id = '' } = (await first.event()) ?? {};
  first.stop();
  stage.events.emit(state('ready'));
  const again = await listen(stage, '', { 'last-event-id': id });
  expect(await again.event()).toMatchObject({ data: expect.stringContaining('"ready"') as string });
  const lost = await listen(stage, '', { 'last-event-id': 'ffffffff-7' });
  expect(await lost.event()).toMatchObject({ event: 'gap' });
});

it('tells an agent that is made, and a command that is given', async () => {
  const stage = await openApi();
  const { event } = await listen(stage);
  const { body } = await stage.call('POST', '/api/agents', { body: { name: 'Parrot' } });
  expect(await event()).toMatchObject({
    event: 'agent.changed',
    data: expect.stringContaining('created') as string,
  });
  await stage.call('POST', `/api/agents/${String(body['id'])}/restart`);
  expect(await event()).toMatchObject({
    event: 'command',
    data: expect.stringContaining('"pending"') as string,
  });
});

it('gives signs of life, and ends in time so that its reader is recognised anew', async () => {
  const stage = await openApi({ streams: { heartbeat: 5, lifetime: 100 } });
  const { next, event } = await listen(stage);
  expect(await next()).toBe('retry: 3000');
  expect(await next()).toBe(': still here');
  expect(await event()).toMatchObject({ event: 'end', data: '{"reason":"come again"}' });
  expect(await next()).toBeUndefined();
});

it('drops a reader that is too slow, and says so at the end', async () => {
  const stage = await openApi({ streams: { backlog: 20_000 } });
  const { event } = await listen(stage);
  const reason = 'x'.repeat(10_000);
  // At once: nothing can be read in between.
  for (let n = 0; n < 10; n++)
    stage.events.emit({ kind: 'agent.state', agentId: 'a1', state: 'ready', reason });
  let last: Record<string, string> | undefined;
  for (let one = await event(); one !== undefined; one = await event()) last = one;
  expect(last).toMatchObject({ event: 'end', data: expect.stringContaining('too slow') as string });
});

it('has so many readers and no more, until one goes', async () => {
  const stage = await openApi({ streams: { most: 2 } });
  const first = await listen(stage);
  await listen(stage);
  expect((await listen(stage)).status).toBe(429);
  first.stop();
  await expect.poll(async () => (await listen(stage)).status).toBe(200);
});

it('tells its readers when the host stops', async () => {
  const stage = await openApi();
  const { event } = await listen(stage);
  await stage.stop();
  expect(await event()).toMatchObject({ event: 'end', data: '{"reason":"the host stops"}' });
});

it('keeps nothing while nobody listens, a bounded number while somebody does, and for a while after', () => {
  let now = 0;
  const events = new HostEvents({ now: () => new Date(now), keep: 3, linger: 1_000 });
  expect(events.isHeard).toBe(false);
  events.emit(state('unheard'));
  const heard: string[] = [];
  const { stop } = events.subscribe(({ id }) => heard.push(id));
  for (let n = 0; n < 10; n++) events.emit(state(`s${n}`));
  expect(heard).toHaveLength(10);
  stop();
  events.emit(state('late'));
  const back = events.subscribe(() => undefined, heard[9]);
  expect([back.hasGap, back.earlier.map(({ event }) => event)]).toEqual([false, [state('late')]]);
  back.stop();
  const longAway = events.subscribe(() => undefined, heard[0]);
  expect([longAway.hasGap, longAway.earlier.length]).toEqual([true, 3]);
  longAway.stop();
  now = 1_001;
  expect(events.isHeard).toBe(false);
  expect(events.subscribe(() => undefined, heard[9])).toMatchObject({ hasGap: true, earlier: [] });
});
