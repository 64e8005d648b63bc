import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BotPresence } from '../../src/agents/agent-record.ts';
import { PresenceKeeper } from '../../src/discord/presence-keeper.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const sent: string[] = [];
  let presence: BotPresence | undefined;
  const keeper = new PresenceKeeper({ presence: () => presence, now: Date.now });
  const show = (text: string): void => {
    presence = { status: 'idle', activity: { type: 'custom', text } };
    keeper.update();
  };
  const attach = () => keeper.attach((data) => sent.push(data.activities[0]?.state ?? data.status));
  return { keeper, sent, show, attach };
}

it('sends nothing that Discord was told with an identify', () => {
  const { keeper, sent, attach } = setUp();
  keeper.initial();
  attach();
  keeper.update();
  expect(sent).toEqual([]);
});

it('says after a resume what nobody knows to have arrived over the last connection', () => {
  const { keeper, sent, show, attach } = setUp();
  const detach = attach();
  show('one');
  detach();
  show('two');
  expect(sent).toEqual(['one']);
  attach();
  keeper.update();
  expect(sent).toEqual(['one', 'two']);
});

it('says nothing after a resume in a new process while there is nothing to show', () => {
  const { keeper, sent, attach } = setUp();
  attach();
  keeper.update();
  expect(sent).toEqual([]);
});

it('says that there is nothing to show any more where that changed while no process ran', () => {
  const { keeper, sent, attach } = setUp();
  attach();
  keeper.doubt();
  keeper.update();
  keeper.doubt();
  keeper.update();
  expect(sent).toEqual(['online']);
});

it('sends of many changes in a row the last, and never more than five in 20 seconds', () => {
  const { keeper, sent, show, attach } = setUp();
  keeper.initial();
  attach();
  for (let n = 1; n <= 30; n++) show(String(n));
  expect(sent).toEqual(['1', '2', '3', '4']);
  vi.advanceTimersByTime(20_000);
  expect(sent).toEqual(['1', '2', '3', '4', '30']);
});

it('leaves no timer behind when its connection is over', () => {
  const { keeper, show, attach } = setUp();
  keeper.initial();
  const detach = attach();
  for (let n = 1; n <= 10; n++) show(String(n));
  expect(vi.getTimerCount()).toBe(1);
  detach();
  expect(vi.getTimerCount()).toBe(0);
});
