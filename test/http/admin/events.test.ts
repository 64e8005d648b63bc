import { expect, it } from 'vitest';
import { type HostEvent, HostEvents } from '../../../src/events/host-events.ts';
import { openApi } from '../../support/api-stage.ts';
import { listen } from '../../support/event-reader.ts';
import { headersOf } from '../../support/fake-guard.ts';

const state = (word: string, agentId = 'a1'): HostEvent => ({
  kind: 'agent.state',
  agentId,
  state: word,
  reason: '',
});

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
  const again = await listen(stage, '', { ...headersOf('viewer'), 'last-event-id': id });
  expect(await again.event()).toMatchObject({ data: expect.stringContaining('"ready"') as string });
  const lost = await listen(stage, '', { ...headersOf('viewer'), 'last-event-id': 'ffffffff-7' });
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

/** Every event up to the end. */
async function allOf({ event }: Awaited<ReturnType<typeof listen>>): Promise<Record<string, string>[]> {
  const all: Record<string, string>[] = [];
  for (let one = await event(); one !== undefined; one = await event()) all.push(one);
  return all;
}

/** An event of so many bytes and some more. */
const long = (bytes: number): HostEvent => ({
  kind: 'agent.state',
  agentId: 'a1',
  state: 'ready',
  reason: 'x'.repeat(bytes),
});

it('drops a reader that is too slow, and says so once, at the end', async () => {
  const stage = await openApi({ streams: { backlog: 20_000 } });
  const reader = await listen(stage);
  // At once: nothing can be read in between.
  for (let n = 0; n < 100; n++) stage.events.emit(long(10_000));
  await stage.stop();
  const ends = (await allOf(reader)).filter(({ event }) => event === 'end');
  expect(ends).toMatchObject([{ data: expect.stringContaining('too slow') as string }]);
});

it('tells somebody who comes back all that they missed, however long that is, and goes on from there', async () => {
  const stage = await openApi({ streams: { backlog: 20_000 } });
  const first = await listen(stage);
  stage.events.emit(state('starting'));
  const { id = '' } = (await first.event()) ?? {};
  first.stop();
  for (let n = 0; n < 999; n++) stage.events.emit(long(2_000));
  const again = await listen(stage, '', { ...headersOf('viewer'), 'last-event-id': id });
  // While what was missed is still on its way.
  stage.events.emit(state('parked'));
  const numbers: number[] = [];
  while (numbers.length < 1_000) numbers.push(Number((await again.event())?.['id']?.split('-')[1]));
  expect(numbers).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 2));
});

it('has so many readers and no more, until one goes', async () => {
  const stage = await openApi({ streams: { most: 2 } });
  const first = await listen(stage);
  await listen(stage);
  expect((await listen(stage)).status).toBe(429);
  first.stop();
  await expect.poll(async () => (await listen(stage)).status).toBe(200);
});

it('gives nobody more than their share, so that others may listen too', async () => {
  const stage = await openApi({ streams: { most: 3, mostOfOne: 2 } });
  await listen(stage);
  const second = await listen(stage);
  expect((await listen(stage)).status).toBe(429);
  expect((await listen(stage, '', headersOf('operator'))).status).toBe(200);
  second.stop();
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
