import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AgentRecord, BotStatus } from '../../src/agents/agent-record.ts';
import { BotFailure, type BotFailureDetails } from '../../src/bots/bot-failure.ts';
import { Bot, type BotTools } from '../../src/bots/bot.ts';
import { InputError, UnavailableError } from '../../src/errors.ts';
import { type Lease, LeaseLostError, withoutLease } from '../../src/leases/lease.ts';
import { createWindow } from '../../src/util/window.ts';
import { agentRecord } from '../support/agent-record.ts';
import { agentOf } from '../support/agent-tools.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { FakeAccount, gatewaySession, IDENTITY, inspection } from '../support/fake-account.ts';
import { MemoryIdentifies, MemorySessions } from '../support/memory-gateway-tables.ts';
import { turns } from '../support/turns.ts';

const HOUR = 3_600_000;
const RECHECK = 60_000;

const unreachable = (details: Partial<BotFailureDetails> = {}) =>
  new BotFailure('Discord cannot be reached', { kind: 'closed', ...details });
const badToken = () =>
  new BotFailure('Discord does not accept the token', { kind: 'bad-token', remedy: 'Enter a new one.' });

type Record = AgentRecord & { sealedToken: string };

function setUp(options: { record?: Partial<Record>; tools?: Partial<BotTools>; lease?: Lease } = {}) {
  const account = new FakeAccount();
  const sessions = new MemorySessions();
  const identifies = new MemoryIdentifies();
  const logger = collectingLogger();
  const statuses: BotStatus[] = [];
  const record = agentRecord({ ...options.record });
  const bot = new Bot(record, 'token', options.lease ?? withoutLease(record.id), {
    openAccount: () => account,
    createAgent: agentOf,
    sessions,
    identifies,
    logger,
    now: () => new Date(),
    random: () => 1,
    backOff: { base: 1_000, cap: 600_000 },
    identifyInterval: 0,
    recheckInterval: RECHECK,
    window: createWindow(5, 5_000),
    onStatus: (_, status) => statuses.push(status),
    onIdentity: () => undefined,
    ...options.tools,
  });
  const started = async () => {
    bot.start();
    await turns();
    return bot;
  };
  /** A session that an earlier process left. */
  const withSession = (parts = {}) => {
    sessions.saved.set(record.id, [gatewaySession({ sessionId: 'old', ...parts })]);
  };
  return { account, sessions, identifies, logger, statuses, record, bot, started, withSession };
}

/** How long a bot backs off after each of so many failures in a row, in milliseconds. */
async function waits(account: FakeAccount, count: number): Promise<number[]> {
  const list: number[] = [];
  for (let failure = 0; failure < count; failure++) {
    const before = account.inspections;
    const since = Date.now();
    while (account.inspections === before) await vi.advanceTimersToNextTimerAsync();
    list.push(Date.now() - since);
  }
  return list;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: new Date('2026-11-20T12:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a bot that starts', () => {
  it('asks over REST first, then identifies, with one of its budget on record', async () => {
    const { account, identifies, started, statuses, bot } = setUp();
    await started();
    expect(account.inspections).toBe(1);
    expect(account.last.options).toMatchObject({
      identity: IDENTITY,
      session: undefined,
      inspection: inspection(),
    });
    expect(identifies.spent).toHaveLength(1);
    expect(bot.status.state).toBe('starting');
    account.last.succeed();
    await turns();
    expect(statuses).toEqual([{ state: 'ready', reason: '' }]);
    await bot.stop({ resumable: true });
  });

  it('goes on with the session that an earlier process left, and spends no identify', async () => {
    const { account, identifies, started, bot, withSession } = setUp({ record: { identity: IDENTITY } });
    withSession();
    await started();
    expect(account.last.options.session).toMatchObject({ sessionId: 'old' });
    account.last.succeed();
    await turns();
    expect([account.inspections, identifies.spent.length, bot.status.state]).toEqual([0, 0, 'ready']);
    await bot.stop({ resumable: true });
  });

  it.each([
    { what: "another application's", record: { identity: IDENTITY }, session: { applicationId: '1' } },
    { what: 'nobody knows whose', record: { identity: undefined }, session: {} },
    {
      what: 'opened without the message content that the settings need by now',
      record: { identity: IDENTITY, respondWithoutMention: true },
      session: { messageContent: false },
    },
  ])('does not go on with a session that is $what', async ({ record, session }) => {
    const { account, started, bot, withSession } = setUp({ record });
    withSession(session);
    await started();
    expect(account.last.options.session).toBeUndefined();
    await bot.stop({ resumable: true });
  });

  it('tells who its token belongs to', async () => {
    const told: unknown[] = [];
    const { started, bot } = setUp({ tools: { onIdentity: (id, identity) => told.push([id, identity]) } });
    await started();
    expect(told).toEqual([['agent-1', IDENTITY]]);
    await bot.stop({ resumable: true });
  });

  it('says that it runs without message content', async () => {
    const { account, started, bot } = setUp();
    await started();
    account.last.succeed({ messageContent: false });
    await turns();
    expect(bot.status).toMatchObject({ state: 'ready' });
    expect(bot.status.reason).toContain('message content');
    await bot.stop({ resumable: true });
  });
});

describe('a bot whose connection is lost', () => {
  it('resumes at once, and is ready again', async () => {
    const { account, started, bot, identifies } = setUp();
    await started();
    account.last.succeed({ sessionId: 'mine' }).end(unreachable());
    await turns();
    expect(account.attempts).toHaveLength(2);
    expect(account.last.options.session).toMatchObject({ sessionId: 'mine' });
    account.last.succeed();
    await turns();
    expect(bot.status.state).toBe('ready');
    expect(identifies.spent).toHaveLength(1);
    await bot.stop({ resumable: true });
  });

  it('identifies when its session was lost with it, and the lost one is off the record', async () => {
    const { account, started, bot, identifies, sessions } = setUp();
    await started();
    account.last.succeed().end(unreachable({ sessionLost: true }));
    await turns();
    expect(account.last.options.session).toBeUndefined();
    expect(identifies.spent).toHaveLength(2);
    expect(sessions.saved.has('agent-1')).toBe(false);
    await bot.stop({ resumable: true });
  });

  it('gives a session up after three failed resumes in a row', async () => {
    const { account, started, bot, withSession, identifies } = setUp({ record: { identity: IDENTITY } });
    withSession();
    await started();
    for (let failed = 1; failed <= 3; failed++) {
      expect(account.last.options.session, `attempt ${failed}`).toMatchObject({ sessionId: 'old' });
      expect(account.attempts).toHaveLength(failed);
      account.last.fail(unreachable());
      await turns();
      await vi.advanceTimersToNextTimerAsync();
    }
    expect(account.attempts).toHaveLength(4);
    expect(account.last.options.session).toBeUndefined();
    expect([account.inspections, identifies.spent.length]).toEqual([1, 1]);
    await bot.stop({ resumable: true });
  });

  it('keeps its session for as long as Discord cannot be reached over REST either', async () => {
    const { account, started, bot, withSession, identifies, sessions } = setUp({
      record: { identity: IDENTITY },
    });
    withSession();
    account.onConnect = ({ fail }) => {
      fail(unreachable());
    };
    account.onInspect = () => Promise.reject(unreachable());
    await started();
    await vi.advanceTimersByTimeAsync(5 * HOUR);
    expect(account.attempts).toHaveLength(3);
    expect(account.inspections).toBeGreaterThan(20);
    expect(identifies.spent).toEqual([]);
    expect(sessions.saved.get('agent-1')).toMatchObject([{ sessionId: 'old' }]);
    account.onInspect = () => Promise.resolve(inspection());
    await vi.advanceTimersByTimeAsync(600_000);
    expect(account.attempts[3]?.options.session).toBeUndefined();
    await bot.stop({ resumable: true });
  });

  it('counts failed resumes anew after one that succeeded', async () => {
    const { account, started, bot, withSession } = setUp({ record: { identity: IDENTITY } });
    withSession();
    await started();
    for (const outcome of ['fail', 'fail', 'succeed', 'fail', 'fail'] as const) {
      expect(account.last.options.session).toMatchObject({ sessionId: 'old' });
      if (outcome === 'fail') account.last.fail(unreachable());
      else account.last.succeed().end(unreachable());
      await turns();
      await vi.advanceTimersByTimeAsync(600_000);
    }
    expect(account.last.options.session).toMatchObject({ sessionId: 'old' });
    await bot.stop({ resumable: true });
  });
});

describe('a bot that fails to connect', () => {
  it('backs off twice as long after every failure, up to the cap', async () => {
    const { account, started, bot } = setUp();
    account.onInspect = () => Promise.reject(unreachable());
    await started();
    expect(bot.status).toEqual({ state: 'backing-off', reason: 'Discord cannot be reached' });
    expect(await waits(account, 12)).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 512_000, 600_000, 600_000,
    ]);
    await bot.stop({ resumable: true });
  });

  it('spreads its waits over the whole bound, so that fifty who failed together do not come back together', async () => {
    const dice = [0.5, 0.25, 0.75, 0.1];
    const { account, started, bot } = setUp({ tools: { random: () => dice.shift() ?? 1 } });
    account.onInspect = () => Promise.reject(unreachable());
    await started();
    expect(await waits(account, 4)).toEqual([500, 500, 3_000, 800]);
    await bot.stop({ resumable: true });
  });

  it('backs off as long as ever when each attempt itself takes long', async () => {
    const { account, started, bot } = setUp();
    account.onInspect = () =>
      new Promise((_, reject) => {
        setTimeout(() => {
          reject(unreachable());
        }, 70_000);
      });
    await started();
    await vi.advanceTimersByTimeAsync(10 * HOUR);
    const before = account.inspections;
    await vi.advanceTimersByTimeAsync(10 * HOUR);
    // One attempt of 70 s in 600 s of waiting.
    expect(account.inspections - before).toBeLessThanOrEqual(Math.ceil((10 * HOUR) / 670_000));
    await bot.stop({ resumable: true });
  });

  it('begins anew with short waits after a connection that held', async () => {
    const { account, started, bot } = setUp();
    account.onInspect = () => Promise.reject(unreachable());
    await started();
    await waits(account, 5);
    account.onInspect = () => Promise.resolve(inspection());
    await vi.advanceTimersByTimeAsync(600_000);
    const connection = account.last.succeed();
    await vi.advanceTimersByTimeAsync(60_000);
    account.onInspect = () => Promise.reject(unreachable());
    connection.end(unreachable({ sessionLost: true }));
    await turns();
    expect(await waits(account, 2)).toEqual([2_000, 4_000]);
    await bot.stop({ resumable: true });
  });

  it('goes on backing off when connections succeed and are lost again at once', async () => {
    const { account, started, bot, identifies } = setUp();
    account.onConnect = ({ succeed }) => {
      succeed().end(unreachable({ sessionLost: true }));
    };
    await started();
    await vi.advanceTimersByTimeAsync(HOUR);
    // 1 + 2 + 4 + … up to ten minutes: an hour has room for fifteen, not for thousands.
    expect(identifies.spent.length).toBeLessThanOrEqual(16);
    await bot.stop({ resumable: true });
  });

  it('waits at least as long as Discord says', async () => {
    const { account, started, bot } = setUp();
    const notBefore = new Date(Date.now() + 5 * HOUR);
    account.onInspect = () => Promise.reject(unreachable({ notBefore }));
    await started();
    await vi.advanceTimersByTimeAsync(5 * HOUR - 1);
    expect(account.inspections).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(account.inspections).toBe(2);
    await bot.stop({ resumable: true });
  });

  it.each([
    {
      what: 'an error that nobody foresaw',
      error: new TypeError('cannot read x of undefined'),
      words: 'the connection failed',
    },
    {
      what: 'no answer in time',
      error: new DOMException('timed out', 'TimeoutError'),
      words: 'no connection within 30 s',
    },
  ])('tries again later after $what, and says so in words', async ({ error, words }) => {
    const { account, started, bot } = setUp();
    await started();
    account.last.fail(error);
    await turns();
    expect(bot.status).toEqual({ state: 'backing-off', reason: words });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(account.attempts).toHaveLength(2);
    await bot.stop({ resumable: true });
  });

  it('never spends more than 300 identifies in a day, whatever happens', async () => {
    const { account, started, bot, identifies } = setUp({ tools: { backOff: { base: 1_000, cap: 1_000 } } });
    account.onConnect = ({ fail }) => {
      fail(unreachable({ sessionLost: true }));
    };
    await started();
    await vi.advanceTimersByTimeAsync(23 * HOUR);
    expect(identifies.spent).toHaveLength(300);
    expect(account.attempts).toHaveLength(300);
    expect(bot.status).toMatchObject({
      state: 'backing-off',
      reason: expect.stringContaining('300') as string,
    });
    await vi.advanceTimersByTimeAsync(2 * HOUR);
    expect(account.attempts.length).toBeGreaterThan(300);
    const dayBefore = Date.now() - 24 * HOUR;
    expect(identifies.spent.filter(({ at }) => at.getTime() >= dayBefore).length).toBeLessThanOrEqual(300);
    await bot.stop({ resumable: true });
  });

  it('leaves as much time between two identifies as Discord asks for', async () => {
    const { account, started, bot } = setUp({ tools: { identifyInterval: 5_000, random: () => 0 } });
    const times: number[] = [];
    account.onConnect = ({ fail }) => {
      times.push(Date.now());
      fail(unreachable({ sessionLost: true }));
    };
    await started();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(times.map((time) => time - (times[0] ?? 0))).toEqual([0, 5_000, 10_000, 15_000, 20_000]);
    await bot.stop({ resumable: true });
  });
});

describe('a bot that needs a person', () => {
  it('is parked with what to do, lets go of its account and does not try again', async () => {
    const { account, started, bot } = setUp();
    account.onInspect = () => Promise.reject(badToken());
    await started();
    expect(bot.status).toEqual({
      state: 'parked',
      reason: 'Discord does not accept the token. Enter a new one.',
    });
    expect([bot.parked, account.closed]).toEqual([true, 1]);
    await vi.advanceTimersByTimeAsync(24 * HOUR);
    expect(account.inspections).toBe(1);
    await bot.stop({ resumable: false });
  });

  it('is parked also when a running connection ends for such a reason, and its session is forgotten', async () => {
    const { account, started, bot, sessions } = setUp();
    await started();
    const connection = account.last.succeed();
    await turns();
    expect(sessions.saved.has('agent-1')).toBe(true);
    connection.end(badToken());
    await turns();
    expect(bot.status.state).toBe('parked');
    expect(bot.session).toBeUndefined();
    expect(sessions.saved.has('agent-1')).toBe(false);
  });

  it.each([
    { what: 'an unknown type', record: { type: 'oracle' }, words: 'oracle' },
    { what: 'a config that does not fit', record: { config: { prefix: 7 } }, words: 'config.prefix' },
  ])('is parked without a request when its settings do not fit: $what', async ({ record, words }) => {
    const { account, started, bot, statuses } = setUp({ record });
    await started();
    expect(statuses).toEqual([{ state: 'parked', reason: expect.stringContaining(words) as string }]);
    expect([account.inspections, account.attempts.length]).toEqual([0, 0]);
    await bot.stop({ resumable: false });
  });

  it('is parked with the page of the switch when its settings need message content, looks again and starts by itself', async () => {
    const { account, started, bot, identifies, statuses } = setUp({
      record: { respondWithoutMention: true },
    });
    account.onInspect = () => Promise.resolve(inspection({ messageContent: false }));
    await started();
    expect(bot.status).toMatchObject({
      state: 'parked',
      reason: expect.stringContaining(
        `discord.com/developers/applications/${IDENTITY.applicationId}/bot`,
      ) as string,
    });
    await vi.advanceTimersByTimeAsync(10 * RECHECK);
    expect(account.inspections).toBe(11);
    expect(identifies.spent).toEqual([]);
    // Looking again is nobody's news.
    expect(statuses.map(({ state }) => state)).toEqual(['parked']);
    account.onInspect = () => Promise.resolve(inspection());
    await vi.advanceTimersByTimeAsync(RECHECK);
    account.last.succeed();
    await turns();
    expect(bot.status.state).toBe('ready');
    await bot.stop({ resumable: true });
  });
});

describe('a bot whose settings change', () => {
  it('follows them at once, on the same connection', async () => {
    const { account, started, bot, record } = setUp();
    await started();
    account.last.succeed();
    await turns();
    const agent = bot.agent;
    bot.update({ ...record, respondToDm: false });
    expect(bot.definition.respondToDm).toBe(false);
    expect(bot.agent).toBe(agent);
    bot.update({ ...record, config: { prefix: '>' } });
    expect(bot.agent).not.toBe(agent);
    await turns();
    expect(account.attempts).toHaveLength(1);
    await bot.stop({ resumable: true });
  });

  it('closes its connection and is parked when they do not fit', async () => {
    const { account, started, bot, record } = setUp();
    await started();
    const connection = account.last.succeed();
    await turns();
    bot.update({ ...record, config: { prefix: 7 } });
    await turns();
    expect(connection.closed).toEqual({ resumable: false });
    expect(bot.status.state).toBe('parked');
  });

  it('opens another connection when they need message content, and is parked when it may not have it', async () => {
    const { account, started, bot, record } = setUp();
    account.onInspect = () => Promise.resolve(inspection({ messageContent: false }));
    await started();
    const connection = account.last.succeed({ messageContent: false });
    await turns();
    bot.update({ ...record, respondWithoutMention: true });
    await turns();
    expect(connection.closed).toEqual({ resumable: false });
    expect(bot.status).toMatchObject({
      state: 'parked',
      reason: expect.stringContaining('intent') as string,
    });
    await bot.stop({ resumable: false });
  });

  it('does the same when they change while it is connecting', async () => {
    const { account, started, bot, record } = setUp();
    account.onInspect = () => Promise.resolve(inspection({ messageContent: false }));
    await started();
    bot.update({ ...record, respondWithoutMention: true });
    for (const attempt of account.attempts) attempt.succeed({ messageContent: false });
    await turns();
    expect(bot.status).toMatchObject({
      state: 'parked',
      reason: expect.stringContaining('intent') as string,
    });
    await bot.stop({ resumable: false });
  });

  it('is parked at once, not after its wait, when it was backing off and they do not fit', async () => {
    const { account, started, bot, record } = setUp();
    account.onInspect = () => Promise.reject(unreachable());
    await started();
    bot.update({ ...record, config: { prefix: 7 } });
    await turns();
    expect(bot.status.state).toBe('parked');
    expect(account.inspections).toBe(1);
  });
});

describe('a bot that is stopped', () => {
  it.each([true, false])(
    'closes its connection and lets go of its account (resumable: %s)',
    async (resumable) => {
      const { account, started, bot, sessions } = setUp();
      await started();
      const connection = account.last.succeed({ sessionId: 'mine' });
      await turns();
      await bot.stop({ resumable });
      expect(connection.closed).toEqual({ resumable });
      expect(account.closed).toBe(1);
      expect(bot.session?.sessionId).toBe(resumable ? 'mine' : undefined);
      expect(sessions.saved.has('agent-1')).toBe(resumable);
      await vi.advanceTimersByTimeAsync(24 * HOUR);
      expect(account.attempts).toHaveLength(1);
    },
  );

  it('gives up an attempt to connect that is under way', async () => {
    const { account, started, bot } = setUp();
    await started();
    await bot.stop({ resumable: true });
    expect(account.last.signal.aborted).toBe(true);
    expect([account.attempts.length, account.closed]).toEqual([1, 1]);
  });

  it('closes a connection that came about at that very moment', async () => {
    const { account, started, bot } = setUp();
    await started();
    const connection = account.last.succeed();
    await bot.stop({ resumable: true });
    expect(connection.closed).toEqual({ resumable: true });
  });

  it('keeps the session that it was resuming for the next process', async () => {
    const { account, started, bot, withSession, sessions } = setUp({ record: { identity: IDENTITY } });
    withSession();
    await started();
    expect(account.last.options.session).toBeDefined();
    await bot.stop({ resumable: true });
    expect(bot.session).toMatchObject({ sessionId: 'old' });
    expect(sessions.saved.has('agent-1')).toBe(true);
  });

  it('does not wait out its back-off, and leaves no timer', async () => {
    const { account, started, bot } = setUp();
    account.onInspect = () => Promise.reject(unreachable());
    await started();
    await bot.stop({ resumable: true });
    expect(vi.getTimerCount()).toBe(0);
    expect(account.closed).toBe(1);
  });

  it('says nothing more about itself, also when its turn to connect comes only then', async () => {
    const window = createWindow(1, 5_000);
    const { account, started, bot, statuses } = setUp({ tools: { window } });
    account.onInspect = () => Promise.reject(unreachable());
    await started();
    const busy = Promise.withResolvers<undefined>();
    const other = window.run(() => busy.promise);
    await vi.advanceTimersByTimeAsync(1_000);
    const before = statuses.length;
    const stopping = bot.stop({ resumable: false });
    busy.resolve(undefined);
    await Promise.all([other, stopping]);
    expect(statuses.slice(before)).toEqual([]);
    expect(account.inspections).toBe(1);
  });
});

describe('a defect', () => {
  it.each([
    {
      what: 'a connection that breaks in a way that nobody foresaw',
      cause: async (account: FakeAccount) => {
        account.last.succeed().breakDown(new TypeError('cannot read x of undefined'));
        await turns();
      },
    },
    {
      what: 'a session that cannot be read off',
      cause: async (account: FakeAccount) => {
        const connection = account.last.succeed();
        await turns();
        connection.session = () => {
          throw new TypeError('cannot read x of undefined');
        };
        connection.end(unreachable());
        await turns();
      },
    },
  ])('parks its bot with a word and a log line, and throws at nobody: $what', async ({ cause }) => {
    const { account, started, bot, logger } = setUp();
    await started();
    await cause(account);
    expect(bot.status).toMatchObject({ state: 'parked', reason: expect.stringContaining('log') as string });
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ level: 'error', error: expect.any(TypeError) as TypeError }),
    );
    expect(account.closed).toBe(1);
  });

  it('parks its bot also when the account cannot be opened', async () => {
    const { bot } = setUp({
      tools: {
        openAccount: () => {
          throw new TypeError('cannot read x of undefined');
        },
      },
    });
    bot.start();
    await expect(bot.stop({ resumable: false })).resolves.toBeUndefined();
    expect(bot.status.state).toBe('parked');
  });

  it('leaves every other bot alone', async () => {
    const window = createWindow(1, 5_000);
    const broken = setUp({ tools: { window } });
    const healthy = setUp({ tools: { window } });
    broken.account.onInspect = () => Promise.reject(new TypeError('cannot read x of undefined'));
    healthy.account.onConnect = ({ succeed }) => {
      succeed();
    };
    await broken.started();
    await healthy.started();
    expect(healthy.statuses).toEqual([{ state: 'ready', reason: '' }]);
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(healthy.statuses).toHaveLength(1);
    await Promise.all([broken.bot.stop({ resumable: false }), healthy.bot.stop({ resumable: false })]);
  });
});

describe('an agent that has to find out whether it can do its work', () => {
  /** An agent that finds out as the test says; the rest of it is an echo. */
  const checking = (check: (signal: AbortSignal) => Promise<void>) => ({
    createAgent: (record: AgentRecord) => Object.assign(agentOf(record), { check }),
  });
  const refusal = () => Promise.reject(new InputError('there is no such model', { remedy: 'Name another.' }));

  it('does so before its bot connects, and once', async () => {
    let checks = 0;
    const gate = Promise.withResolvers<undefined>();
    const check = async (): Promise<void> => {
      checks += 1;
      await gate.promise;
    };
    const { account, started, bot } = setUp({ tools: checking(check) });
    await started();
    expect([checks, account.inspections]).toEqual([1, 0]);
    gate.resolve(undefined);
    await turns();
    const connection = account.last.succeed();
    await turns();
    connection.end(unreachable());
    await turns();
    account.last.succeed();
    await turns();
    expect([checks, bot.status.state]).toEqual([1, 'ready']);
    await bot.stop({ resumable: true });
  });

  it('is parked with the reason when it cannot, and looks again later', async () => {
    let able = false;
    const { account, started, bot } = setUp({
      tools: checking(() => (able ? Promise.resolve() : refusal())),
    });
    await started();
    expect(bot.status).toEqual({ state: 'parked', reason: 'there is no such model. Name another.' });
    expect(account.inspections).toBe(0);
    able = true;
    await vi.advanceTimersByTimeAsync(RECHECK);
    account.last.succeed();
    await turns();
    expect(bot.status.state).toBe('ready');
    await bot.stop({ resumable: true });
  });

  it.each([
    ['may pass', () => Promise.reject(new UnavailableError('the provider is away'))],
    ['is a defect', () => Promise.reject(new Error('oops'))],
  ])('starts all the same when the reason %s', async (_, check) => {
    const { account, started, bot, logger } = setUp({ tools: checking(check) });
    await started();
    account.last.succeed();
    await turns();
    expect(bot.status.state).toBe('ready');
    expect(logger.lines.some(({ text }) => text.includes('could not find out'))).toBe(true);
    await bot.stop({ resumable: true });
  });

  it('is not waited for longer than ten seconds', async () => {
    const silent = (signal: AbortSignal): Promise<void> =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    const { account, started, bot } = setUp({ tools: checking(silent) });
    await started();
    expect(account.inspections).toBe(0);
    await vi.advanceTimersByTimeAsync(10_000);
    await turns();
    account.last.succeed();
    await turns();
    expect(bot.status.state).toBe('ready');
    await bot.stop({ resumable: true });
  });

  it('is parked when new settings turn out not to do', async () => {
    let check = (): Promise<void> => Promise.resolve();
    const { account, started, bot, record } = setUp({ tools: checking(() => check()) });
    await started();
    account.last.succeed();
    await turns();
    check = refusal;
    bot.update({ ...record, config: { prefix: '>' } });
    await turns(10);
    expect(bot.status.state).toBe('parked');
    await bot.stop({ resumable: true });
  });
});

describe('a bot under a lease', () => {
  /** A lease that the test decides over. */
  function leaseInHand() {
    const ending = new AbortController();
    let answer: PromiseWithResolvers<void> | undefined;
    const lease: Lease = {
      ...withoutLease('agent-1'),
      signal: ending.signal,
      held: () => {
        if (ending.signal.aborted) return Promise.reject(new LeaseLostError('agent-1'));
        return answer?.promise ?? Promise.resolve();
      },
    };
    return {
      lease,
      makeUncertain: () => {
        answer = Promise.withResolvers();
      },
      confirm: () => {
        answer?.resolve();
      },
      lose: () => {
        ending.abort();
        answer?.reject(new LeaseLostError('agent-1'));
      },
    };
  }

  it('connects only once it is certain that no other host runs it', async () => {
    const { lease, makeUncertain, confirm } = leaseInHand();
    const { account, started, bot } = setUp({ lease });
    makeUncertain();
    await started();
    expect([account.inspections, account.attempts.length]).toEqual([0, 0]);
    confirm();
    await turns();
    expect(account.attempts).toHaveLength(1);
    await bot.stop({ resumable: true });
  });

  it('can be stopped while that is uncertain', async () => {
    const { lease, makeUncertain } = leaseInHand();
    const { account, started, bot } = setUp({ lease });
    makeUncertain();
    await started();
    await bot.stop({ resumable: true });
    expect([account.attempts.length, account.closed]).toEqual([0, 1]);
  });

  it.each([{ resumable: true }, { resumable: false }])(
    'is over when it is lost, and neither ends, saves nor forgets the session: $resumable',
    async ({ resumable }) => {
      const { lease, lose } = leaseInHand();
      const { account, started, bot, sessions, statuses, logger } = setUp({ lease });
      await started();
      const connection = account.last.succeed();
      await turns();
      const theirs = [gatewaySession({ sessionId: 'of the other host' })];
      sessions.saved.set('agent-1', theirs);
      const told = [statuses.length, logger.lines.length];
      lose();
      await bot.stop({ resumable });
      expect(connection.closed).toEqual({ resumable: true });
      expect(account.closed).toBe(1);
      expect(sessions.saved.get('agent-1')).toEqual(theirs);
      expect([statuses.length, logger.lines.length]).toEqual(told);
    },
  );

  it('is over when it is lost while it connects, and while it backs off', async () => {
    for (const failing of [false, true]) {
      const { lease, lose } = leaseInHand();
      const { account, started, bot, statuses } = setUp({ lease });
      await started();
      if (failing) account.last.fail(unreachable());
      await turns();
      const told = statuses.length;
      lose();
      await turns();
      expect(account.closed).toBe(1);
      expect(statuses).toHaveLength(told);
      expect(vi.getTimerCount()).toBe(0);
      await bot.stop({ resumable: true });
    }
  });

  it('says nothing more of itself when it is lost while it gives a session up', async () => {
    const { lease, lose } = leaseInHand();
    const { account, started, bot, sessions, statuses } = setUp({ lease });
    const saving = Promise.withResolvers<undefined>();
    sessions.beforeSave = () => saving.promise;
    await started();
    account.last.fail(badToken());
    await turns();
    const told = statuses.length;
    lose();
    saving.resolve(undefined);
    await turns();
    expect(statuses).toHaveLength(told);
    await bot.stop({ resumable: true });
  });

  it('puts its session on record under the fence of the lease, and gives it up under that too', async () => {
    const { account, started, bot, sessions } = setUp({ lease: { ...withoutLease('agent-1'), fence: 7n } });
    const save = vi.spyOn(sessions, 'save');
    await started();
    account.last.succeed();
    await turns();
    await bot.stop({ resumable: false });
    const fences = save.mock.calls.map(([all]) => all.get('agent-1')?.fence);
    expect(fences).toEqual([7n, 7n]);
  });
});
