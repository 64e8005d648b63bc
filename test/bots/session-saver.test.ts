import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BotSessions, SessionStore } from '../../src/bots/gateway-session.ts';
import { SessionSaver } from '../../src/bots/session-saver.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { gatewaySession } from '../support/fake-account.ts';
import { turns } from '../support/turns.ts';

const INTERVAL = 1_000;

function setUp() {
  const present = new Map<string, BotSessions>();
  const writes: { kind: 'save' | 'advance'; sessions: Map<string, BotSessions> }[] = [];
  const logger = collectingLogger();
  const store: SessionStore = {
    load: () => Promise.resolve([]),
    save: (sessions) => {
      writes.push({ kind: 'save', sessions: new Map(sessions) });
      return Promise.resolve();
    },
    advance: (sessions) => {
      writes.push({ kind: 'advance', sessions: new Map(sessions) });
      return Promise.resolve();
    },
  };
  const saver = new SessionSaver({ sessions: () => new Map(present), store, logger, interval: INTERVAL });
  const at = (sequence: number, sessionId = 'session-1') => ({
    fence: undefined,
    sessions: [gatewaySession({ sequence, sessionId })],
  });
  return { present, writes, logger, store, saver, at };
}

describe('the session saver', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('writes new sessions in one go, and then how far those have come that moved, no others', async () => {
    const { present, writes, saver, at } = setUp();
    present.set('a', at(1)).set('b', at(5));
    saver.start();
    await vi.advanceTimersByTimeAsync(INTERVAL);
    const both = new Map([
      ['a', at(1)],
      ['b', at(5)],
    ]);
    expect(writes).toEqual([{ kind: 'save', sessions: both }]);
    present.set('b', at(6));
    await vi.advanceTimersByTimeAsync(INTERVAL);
    expect(writes.slice(1)).toEqual([{ kind: 'advance', sessions: new Map([['b', at(6)]]) }]);
    await saver.stop();
  });

  it('writes nothing while nothing moves', async () => {
    const { present, writes, saver, at } = setUp();
    present.set('a', at(1));
    saver.start();
    await vi.advanceTimersByTimeAsync(10 * INTERVAL);
    expect(writes).toHaveLength(1);
    await saver.stop();
  });

  it('writes a new session though it stands at the same number', async () => {
    const { present, writes, saver, at } = setUp();
    present.set('a', at(1, 'session-1'));
    saver.start();
    await vi.advanceTimersByTimeAsync(INTERVAL);
    present.set('a', at(1, 'session-2'));
    await vi.advanceTimersByTimeAsync(INTERVAL);
    expect(writes.slice(1)).toEqual([{ kind: 'save', sessions: new Map([['a', at(1, 'session-2')]]) }]);
    await saver.stop();
  });

  it('writes a session again that was forgotten in between', async () => {
    const { present, writes, saver, at } = setUp();
    present.set('a', at(1));
    saver.start();
    await vi.advanceTimersByTimeAsync(INTERVAL);
    present.delete('a');
    await vi.advanceTimersByTimeAsync(INTERVAL);
    present.set('a', at(1));
    await vi.advanceTimersByTimeAsync(INTERVAL);
    expect(writes.map(({ kind }) => kind)).toEqual(['save', 'save']);
    await saver.stop();
  });

  it.each([
    { kind: 'save', from: 0 },
    { kind: 'advance', from: 1 },
  ] as const)('writes again what it could not write, and says so: $kind', async ({ kind, from }) => {
    const { present, writes, saver, at, store, logger } = setUp();
    if (from > 0) present.set('a', at(from));
    saver.start();
    await vi.advanceTimersByTimeAsync(INTERVAL);
    writes.length = 0;
    const write = store[kind].bind(store);
    store[kind] = () => Promise.reject(new Error('database is locked'));
    present.set('a', at(from + 1));
    await vi.advanceTimersByTimeAsync(INTERVAL);
    expect(logger.lines).toMatchObject([{ level: 'warn', error: { message: 'database is locked' } }]);
    store[kind] = write;
    await vi.advanceTimersByTimeAsync(INTERVAL);
    expect(writes).toEqual([{ kind, sessions: new Map([['a', at(from + 1)]]) }]);
    await saver.stop();
  });

  it('says once that it cannot write, however long that lasts, and once that it can again', async () => {
    const { present, saver, at, store, logger } = setUp();
    const write = store.save.bind(store);
    for (const round of [1, 2]) {
      logger.lines.length = 0;
      store.save = () => Promise.reject(new Error('the server is gone'));
      present.set('a', at(1, `session-${round}`));
      saver.start();
      await vi.advanceTimersByTimeAsync(10 * INTERVAL);
      expect(logger.lines).toMatchObject([{ level: 'warn', error: { message: 'the server is gone' } }]);
      store.save = write;
      await vi.advanceTimersByTimeAsync(10 * INTERVAL);
      expect(logger.lines.slice(1)).toMatchObject([
        { level: 'info', text: 'gateway sessions are saved again' },
      ]);
    }
    await saver.stop();
  });

  it('never writes twice at once, and is stopped only when the last write has ended', async () => {
    const { present, saver, at, store } = setUp();
    const write = Promise.withResolvers<undefined>();
    let writing = 0;
    store.save = async () => {
      writing += 1;
      await write.promise;
    };
    present.set('a', at(1));
    saver.start();
    await vi.advanceTimersByTimeAsync(INTERVAL);
    present.set('a', at(2));
    await vi.advanceTimersByTimeAsync(5 * INTERVAL);
    expect(writing).toBe(1);
    let stopped = false;
    const stopping = saver.stop().then(() => {
      stopped = true;
    });
    await turns();
    expect(stopped).toBe(false);
    write.resolve(undefined);
    await stopping;
    await vi.advanceTimersByTimeAsync(5 * INTERVAL);
    expect(writing).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
