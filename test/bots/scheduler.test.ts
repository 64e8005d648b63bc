import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AgentRecord } from '../../src/agents/agent-record.ts';
import type { SyncPlan } from '../../src/bots/plan-sync.ts';
import { Scheduler, type SchedulerTools } from '../../src/bots/scheduler.ts';
import { agentRecord } from '../support/agent-record.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { turns } from '../support/turns.ts';

const NOTHING: SyncPlan = { start: [], stop: [], restart: [], update: [], leftOut: [], idle: [] };
const INTERVAL = 10_000;

function setUp(tools: Partial<SchedulerTools> = {}) {
  const logger = collectingLogger();
  const synced: (readonly AgentRecord[])[] = [];
  const scheduler = new Scheduler({
    listAgents: () => Promise.resolve([agentRecord()]),
    sync: (agents) => {
      synced.push(agents);
      return Promise.resolve(NOTHING);
    },
    logger,
    interval: () => INTERVAL,
    ...tools,
  });
  return { scheduler, logger, synced };
}

describe('the scheduler', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('has brought the pool in line once when it has started, and does so again after every interval', async () => {
    const { scheduler, synced } = setUp();
    await scheduler.start();
    expect(synced).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(INTERVAL - 1);
    expect(synced).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(synced).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(3 * INTERVAL);
    expect(synced).toHaveLength(5);
    await scheduler.stop();
  });

  it('waits as long as it is told to after each poll', async () => {
    let interval = INTERVAL;
    const { scheduler, synced } = setUp({ interval: () => interval });
    await scheduler.start();
    interval = 100;
    await vi.advanceTimersByTimeAsync(INTERVAL);
    expect(synced).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(300);
    expect(synced).toHaveLength(5);
    interval = 3 * INTERVAL;
    await vi.advanceTimersByTimeAsync(100);
    expect(synced).toHaveLength(6);
    await vi.advanceTimersByTimeAsync(3 * INTERVAL - 1);
    expect(synced).toHaveLength(6);
    await scheduler.stop();
  });

  it('never polls twice at once, however long a poll takes, and rests after a long one', async () => {
    const polls: PromiseWithResolvers<AgentRecord[]>[] = [];
    const { scheduler, synced } = setUp({
      listAgents: () => {
        const poll = Promise.withResolvers<AgentRecord[]>();
        polls.push(poll);
        return poll.promise;
      },
    });
    const starting = scheduler.start();
    polls[0]?.resolve([]);
    await starting;
    await vi.advanceTimersByTimeAsync(INTERVAL);
    expect(polls).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(10 * INTERVAL);
    expect(polls).toHaveLength(2);
    polls[1]?.resolve([]);
    await vi.advanceTimersByTimeAsync(INTERVAL - 1);
    expect(polls).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(polls).toHaveLength(3);
    expect(synced).toHaveLength(2);
    const stopping = scheduler.stop();
    polls[2]?.resolve([]);
    await stopping;
  });

  it('polls out of turn when it is asked to, once for all who ask while a poll is under way', async () => {
    const polls: PromiseWithResolvers<AgentRecord[]>[] = [];
    const { scheduler } = setUp({
      listAgents: () => {
        const poll = Promise.withResolvers<AgentRecord[]>();
        polls.push(poll);
        return poll.promise;
      },
      interval: () => 24 * 3_600_000,
    });
    const starting = scheduler.start();
    const asked = [scheduler.poll(), scheduler.poll(), scheduler.poll()];
    polls[0]?.resolve([]);
    await starting;
    await turns();
    expect(polls).toHaveLength(2);
    polls[1]?.resolve([]);
    await Promise.all(asked);
    void scheduler.poll();
    expect(polls).toHaveLength(3);
    polls[2]?.resolve([]);
    await scheduler.stop();
    await scheduler.poll();
    expect(polls).toHaveLength(3);
  });

  it.each([
    { what: 'reading the table fails', failing: 'listAgents' },
    { what: 'bringing the pool in line fails', failing: 'sync' },
  ] as const)(
    'goes on when $what, says so once for each outage, and says when it is over',
    async ({ failing }) => {
      let broken = true;
      const fail = (part: string): void => {
        if (broken && part === failing) throw new Error('database is locked');
      };
      let synced = 0;
      const { scheduler, logger } = setUp({
        listAgents: async () => {
          await Promise.resolve();
          fail('listAgents');
          return [agentRecord()];
        },
        sync: async () => {
          await Promise.resolve();
          fail('sync');
          synced += 1;
          return NOTHING;
        },
      });
      await scheduler.start();
      await vi.advanceTimersByTimeAsync(5 * INTERVAL);
      const errors = () => logger.lines.filter(({ level }) => level === 'error');
      expect(errors()).toHaveLength(1);
      expect(errors()[0]?.error).toMatchObject({ message: 'database is locked' });
      broken = false;
      await vi.advanceTimersByTimeAsync(2 * INTERVAL);
      expect(synced).toBe(2);
      expect(logger.lines.filter(({ text }) => text.includes('again'))).toHaveLength(1);
      broken = true;
      await vi.advanceTimersByTimeAsync(2 * INTERVAL);
      expect(errors()).toHaveLength(2);
      await scheduler.stop();
    },
  );

  it('says what changed, and nothing when nothing did', async () => {
    const plans: SyncPlan[] = [NOTHING, { ...NOTHING, start: [agentRecord()], stop: ['x', 'y'] }, NOTHING];
    const { scheduler, logger } = setUp({ sync: () => Promise.resolve(plans.shift() ?? NOTHING) });
    await scheduler.start();
    await vi.advanceTimersByTimeAsync(4 * INTERVAL);
    expect(logger.lines).toMatchObject([{ level: 'info', start: 1, stop: 2, restart: 0, update: 0 }]);
    await scheduler.stop();
  });

  it('tells an operator once what to do when there are no agents', async () => {
    const { scheduler, logger } = setUp({ listAgents: () => Promise.resolve([]) });
    await scheduler.start();
    await vi.advanceTimersByTimeAsync(3 * INTERVAL);
    expect(logger.lines.map(({ text }) => text)).toEqual([expect.stringContaining('npm run agents:load')]);
    await scheduler.stop();
  });

  it('polls no more after it was stopped, and leaves no timer', async () => {
    const { scheduler, synced } = setUp();
    await scheduler.start();
    await scheduler.stop();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(5 * INTERVAL);
    expect(synced).toHaveLength(1);
  });

  it.each([
    { what: 'the first one', before: 0 },
    { what: 'a later one', before: 1 },
  ])('waits when it is stopped for the poll that is under way: $what', async ({ before }) => {
    const poll = Promise.withResolvers<AgentRecord[]>();
    let polls = 0;
    const { scheduler, synced } = setUp({
      listAgents: () => (polls++ === before ? poll.promise : Promise.resolve([])),
    });
    const starting = scheduler.start();
    await vi.advanceTimersByTimeAsync(before * INTERVAL);
    let stopped = false;
    const stopping = scheduler.stop().then(() => {
      stopped = true;
      return synced.length;
    });
    await turns();
    expect(stopped).toBe(false);
    poll.resolve([]);
    await starting;
    const syncedWhenStopped = await stopping;
    await vi.advanceTimersByTimeAsync(5 * INTERVAL);
    expect(synced).toHaveLength(syncedWhenStopped);
  });
});
