import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AgentDefinition, agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import type { AgentRecord } from '../../src/agents/agent-record.ts';
import { BotFailure } from '../../src/bots/bot-failure.ts';
import { BotPool, type BotPoolOptions } from '../../src/bots/bot-pool.ts';
import { LEASE_TIMES, LeaseKeeper } from '../../src/leases/lease-keeper.ts';
import type { Lease } from '../../src/leases/lease.ts';
import { IncidentRecorder } from '../../src/recovery/incident-recorder.ts';
import { SecretKeyError } from '../../src/database/secret-box.ts';
import { agentOf } from '../support/agent-tools.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { FakeAccount, type FakeConnection, inspection } from '../support/fake-account.ts';
import { MemoryAgentStore } from '../support/memory-agent-store.ts';
import { leaseHolder } from '../support/lease-holder.ts';
import { MemoryLeaseStore } from '../support/memory-lease-store.ts';
import { MemoryIdentifies, MemorySessions } from '../support/memory-gateway-tables.ts';
import { turns } from '../support/turns.ts';

const RECHECK = 60_000;

/** An agents table whose tokens this host's key may not open. */
class LockedAgentStore extends MemoryAgentStore {
  readonly locked = new Set<string>();

  override openToken(agent: Pick<AgentRecord, 'id' | 'sealedToken'>): string | undefined {
    const token = super.openToken(agent);
    if (token !== undefined && this.locked.has(token))
      throw new SecretKeyError('encrypted under another key');
    return token;
  }
}

/** What the pools of two hosts share. */
interface Shared {
  readonly agents: LockedAgentStore;
  readonly sessions: MemorySessions;
  readonly store: MemoryLeaseStore;
}

function setUp(
  options: Partial<BotPoolOptions> = {},
  { agents, sessions, store }: Shared = {
    agents: new LockedAgentStore(),
    sessions: new MemorySessions(),
    store: new MemoryLeaseStore(),
  },
  hostName = 'here',
) {
  const logger = collectingLogger();
  /** `REASON begun`, `REASON ended`, and `REASON helped` where it is known that it did. */
  const told: string[] = [];
  const incidents = new IncidentRecorder({
    now: () => new Date(),
    redact: (text) => text,
    onIncident: ({ reason, helped }, change) => {
      told.push(`${reason} ${helped === true ? 'helped' : change}`);
    },
  });
  const leases = new LeaseKeeper({ store, holder: leaseHolder({ hostName }), logger });
  /** By token; the last one opened. */
  const accounts = new Map<string, FakeAccount>();
  const onOpen = new Map<string, (account: FakeAccount) => void>();
  const opened: string[] = [];
  /** Whose work was abandoned, and whether the lease was held then. */
  const abandoned: { readonly lease: Lease; readonly held: boolean }[] = [];
  const pool = new BotPool(
    { maxBots: 50, ...options },
    {
      openAccount: (_, token) => {
        const account = new FakeAccount();
        account.onConnect = ({ succeed }) => {
          succeed();
        };
        onOpen.get(token)?.(account);
        accounts.set(token, account);
        opened.push(token);
        return account;
      },
      createAgent: agentOf,
      agents,
      sessions,
      leases,
      abandon: (lease) => {
        abandoned.push({ lease, held: !lease.signal.aborted });
      },
      identifies: new MemoryIdentifies(),
      incidents,
      logger,
      now: () => new Date(),
      random: () => 1,
      backOff: { base: 1_000, cap: 600_000 },
      identifyInterval: 0,
      recheckInterval: RECHECK,
    },
  );
  const poll = async () => {
    const plan = await pool.sync(await agents.list());
    await turns();
    return plan;
  };
  const add = (
    name: string,
    settings: Partial<AgentDefinition> = {},
    token: string | undefined = `token-${name}`,
  ) =>
    agents.apply([{ kind: 'create', definition: agentDefinitionSchema.parse({ name, ...settings }), token }]);
  const find = async (name: string): Promise<AgentRecord> => {
    const agent = (await agents.list()).find((candidate) => candidate.name === name);
    if (agent === undefined) throw new Error(`there is no agent ${name}`);
    return agent;
  };
  const edit = async (name: string, change: Partial<AgentDefinition>, token?: string | null) => {
    const before = await find(name);
    const keys = Object.keys(agentDefinitionSchema.shape) as (keyof AgentDefinition)[];
    const definition = agentDefinitionSchema.parse(
      Object.fromEntries(keys.map((key) => [key, change[key] ?? before[key]])),
    );
    await agents.apply([{ kind: 'update', id: before.id, definition, token }]);
  };
  const states = async () =>
    Object.fromEntries((await agents.list()).map(({ name, status }) => [name, status.state]));
  const account = (name: string): FakeAccount => {
    const found = accounts.get(`token-${name}`);
    if (found === undefined) throw new Error(`the account of ${name} was never opened`);
    return found;
  };
  return {
    pool,
    agents,
    sessions,
    store,
    leases,
    logger,
    told,
    accounts,
    onOpen,
    opened,
    abandoned,
    poll,
    add,
    edit,
    find,
    states,
    account,
  };
}

const badToken = (account: FakeAccount) => {
  account.onInspect = () =>
    Promise.reject(new BotFailure('Discord does not accept the token', { kind: 'bad-token' }));
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: new Date('2026-11-20T12:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the pool', () => {
  it('runs every enabled agent that has a token, and the table says where each stands', async () => {
    const { poll, add, states, pool, agents } = setUp();
    await add('a');
    await add('b');
    await add('off', { enabled: false });
    await agents.apply([
      { kind: 'create', definition: agentDefinitionSchema.parse({ name: 'bare' }), token: undefined },
    ]);
    await poll();
    expect(await states()).toEqual({ a: 'ready', b: 'ready', off: 'stopped', bare: 'off-discord' });
    expect([...pool.bots.values()].map(({ definition }) => definition.name)).toEqual(['a', 'b']);
    await pool.stop();
  });

  it('stops the bots of the youngest agents when there are fewer places, and starts them again when there are more', async () => {
    const { poll, add, edit, states, pool, account, opened } = setUp();
    for (const name of ['a', 'b', 'c', 'd']) await add(name);
    await poll();
    await edit('a', { enabled: false });
    pool.maxBots = 2;
    expect(await states()).toMatchObject({ c: 'ready', d: 'ready' });
    const plan = await poll();
    expect([plan.stop.length, plan.leftOut.map(({ name }) => name)]).toEqual([2, ['d']]);
    expect(await states()).toEqual({ a: 'stopped', b: 'ready', c: 'ready', d: 'left-out' });
    expect(pool.bots.size).toBe(2);
    await poll();
    expect(await states()).toMatchObject({ b: 'ready', c: 'ready', d: 'left-out' });
    pool.maxBots = 3;
    await poll();
    expect(await states()).toMatchObject({ b: 'ready', c: 'ready', d: 'ready' });
    expect(opened.map((token) => token.slice(-1)).join('')).toBe('abcdd');
    expect([account('b'), account('c')].map(({ attempts }) => attempts.length)).toEqual([1, 1]);
    await pool.stop();
  });

  it('keeps the others running when one bot has a bad token', async () => {
    const { poll, add, states, pool, onOpen, account } = setUp();
    onOpen.set('token-bad', badToken);
    for (const name of ['a', 'bad', 'c']) await add(name);
    await poll();
    expect(await states()).toEqual({ a: 'ready', bad: 'parked', c: 'ready' });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect([account('a'), account('c')].map(({ attempts }) => attempts.length)).toEqual([1, 1]);
    await pool.stop();
  });

  it('leaves the running bots alone when one is added, changed or deleted', async () => {
    const { poll, add, edit, find, agents, pool, opened, account } = setUp();
    for (const name of ['a', 'b']) await add(name);
    await poll();
    await add('c');
    await poll();
    await edit('b', { config: { prefix: '>' } });
    await poll();
    await agents.apply([{ kind: 'delete', id: (await find('c')).id }]);
    await poll();
    expect(opened).toEqual(['token-a', 'token-b', 'token-c']);
    expect([account('a'), account('b'), account('c')].map(({ closed }) => closed)).toEqual([0, 0, 1]);
    await pool.stop();
  });

  it('never has two connections with one token: the new one opens when the old one is closed', async () => {
    const { poll, add, edit, pool, opened, account, states, sessions } = setUp();
    await add('a');
    await poll();
    const closing = Promise.withResolvers<undefined>();
    sessions.beforeSave = () => closing.promise;
    await edit('a', {}, 'token-new');
    await poll();
    expect(opened).toEqual(['token-a']);
    closing.resolve(undefined);
    await turns();
    expect(opened).toEqual(['token-a', 'token-new']);
    expect(account('a').closed).toBe(1);
    expect(await states()).toEqual({ a: 'ready' });
    await pool.stop();
  });

  it('runs no more bots than it may, says so of the rest, and fills a place that becomes free', async () => {
    const { poll, add, edit, states, pool, agents, find } = setUp({ maxBots: 2 });
    for (const name of ['a', 'b', 'c']) await add(name);
    await poll();
    expect(await states()).toEqual({ a: 'ready', b: 'ready', c: 'left-out' });
    expect((await find('c')).status.reason).toContain('MAX_CONCURRENT_BOTS');
    expect(pool.botless).toEqual([{ name: 'c', state: 'left-out' }]);
    await edit('c', { name: 'd' });
    await poll();
    expect(pool.botless).toEqual([{ name: 'd', state: 'left-out' }]);
    await add('e');
    await poll();
    expect(pool.botless.map(({ name }) => name)).toEqual(['d', 'e']);
    await agents.apply([{ kind: 'delete', id: (await find('e')).id }]);
    await poll();
    expect(pool.botless.map(({ name }) => name)).toEqual(['d']);
    await edit('a', { enabled: false });
    await poll();
    expect(await states()).toEqual({ a: 'stopped', b: 'ready', d: 'ready' });
    expect(pool.botless).toEqual([]);
    await pool.stop();
  });

  it('runs no more bots than it may, also when one comes back that waited for a switch', async () => {
    const { poll, add, pool, onOpen, account } = setUp({ maxBots: 1 });
    onOpen.set('token-a', (opened) => {
      opened.onInspect = () => Promise.resolve(inspection({ messageContent: false }));
    });
    await add('a', { respondWithoutMention: true });
    await add('b');
    await poll();
    await poll();
    account('a').onInspect = () => Promise.resolve(inspection());
    await vi.advanceTimersByTimeAsync(RECHECK);
    await poll();
    await turns();
    const ready = [...pool.bots.values()].filter(({ status }) => status.state === 'ready');
    expect(ready).toHaveLength(1);
    await pool.stop();
  });

  it('lets few connect at the same time, and one that hangs does not hold up the rest', async () => {
    const { poll, add, pool, onOpen, accounts, opened, states } = setUp({
      startWindow: 2,
      startPatience: 5_000,
    });
    for (const name of ['a', 'b', 'c', 'd']) {
      onOpen.set(`token-${name}`, (account) => {
        if (name < 'c') account.onConnect = () => undefined;
      });
      await add(name);
    }
    await poll();
    expect(opened).toHaveLength(4);
    const trying = () => [...accounts.values()].filter(({ inspections }) => inspections > 0).length;
    expect(trying()).toBe(2);
    await vi.advanceTimersByTimeAsync(5_000);
    await turns();
    expect(await states()).toEqual({ a: 'starting', b: 'starting', c: 'ready', d: 'ready' });
    await pool.stop();
  });

  it('closes the connection of a disabled agent for good, and forgets its session', async () => {
    const { poll, add, edit, pool, sessions, states, account, find } = setUp();
    await add('a');
    await poll();
    const { id } = await find('a');
    await edit('a', { enabled: false });
    await poll();
    expect(account('a').closed).toBe(1);
    expect(pool.bots.size).toBe(0);
    expect(sessions.saved.has(id)).toBe(false);
    expect(await states()).toEqual({ a: 'stopped' });
  });

  it('writes nothing and says nothing while nothing changes', async () => {
    const { poll, add, pool, agents, logger, onOpen } = setUp({ maxBots: 1 });
    onOpen.set('token-bad', badToken);
    for (const name of ['a', 'left', 'bad']) await add(name);
    await add('off', { enabled: false });
    await poll();
    await poll();
    const save = vi.spyOn(agents, 'saveStatus');
    const lines = logger.lines.length;
    for (let again = 0; again < 5; again++) await poll();
    expect(save).not.toHaveBeenCalled();
    expect(logger.lines).toHaveLength(lines);
    await pool.stop();
  });

  it('writes where fifty bots stand in a few transactions, not in fifty', async () => {
    const { poll, add, pool, agents } = setUp();
    for (let count = 0; count < 50; count++) await add(`bot ${count}`);
    const save = vi.spyOn(agents, 'saveStatus');
    await poll();
    await turns(50);
    expect([...pool.bots.values()].every(({ status }) => status.state === 'ready')).toBe(true);
    expect(save.mock.calls.length).toBeLessThanOrEqual(5);
    await pool.stop();
  });

  it('keeps its bots running when the table cannot be written, and says so', async () => {
    const { poll, add, pool, agents, logger } = setUp();
    agents.saveStatus = () => Promise.reject(new Error('database is locked'));
    agents.saveIdentity = () => Promise.reject(new Error('database is locked'));
    await add('a');
    await poll();
    expect([...pool.bots.values()].map(({ status }) => status.state)).toEqual(['ready']);
    expect(logger.lines.filter(({ level }) => level === 'error').length).toBeGreaterThan(0);
    await pool.stop();
  });
});

describe('a lease whose bot is stopped', () => {
  it('is given up once its connection is closed and its work was abandoned, not before', async () => {
    const { pool, poll, add, edit, find, leases, onOpen, abandoned } = setUp();
    const closing = Promise.withResolvers<undefined>();
    onOpen.set('token-a', (account) => {
      account.onConnect = ({ succeed }) => {
        succeed().beforeClose = () => closing.promise;
      };
    });
    await add('a');
    await add('b');
    await poll();
    const lease = leases.lease((await find('a')).id);
    await edit('a', { enabled: false });
    await poll();
    expect([abandoned, lease?.signal.aborted]).toEqual([[], false]);
    closing.resolve(undefined);
    await turns();
    expect(abandoned).toEqual([{ lease, held: true }]);
    expect(lease?.signal.aborted).toBe(true);
    await pool.stop();
  });

  it('stays, and with it the work under it, when the agent has a bot again by then', async () => {
    const { pool, poll, add, edit, find, leases, abandoned } = setUp();
    await add('a');
    await poll();
    const lease = leases.lease((await find('a')).id);
    await edit('a', {}, 'token-new');
    await poll();
    expect(leases.lease((await find('a')).id)).toBe(lease);
    expect(abandoned).toEqual([]);
    await pool.stop();
  });

  it('holds nothing of the bots that ran under it one after the other', async () => {
    const { pool, poll, add, edit, find, leases } = setUp();
    await add('a');
    await poll();
    const lease = leases.lease((await find('a')).id);
    if (lease === undefined) throw new Error('there is no lease');
    const listeners = getEventListeners(lease.signal, 'abort').length;
    for (const token of ['token-2', 'token-3', 'token-4']) {
      await edit('a', {}, token);
      await poll();
    }
    expect([...pool.bots.values()].map(({ token }) => token)).toEqual(['token-4']);
    expect(getEventListeners(lease.signal, 'abort')).toHaveLength(listeners);
    await pool.stop();
  });
});

describe('an agent whose token this host cannot read', () => {
  it('is parked in words, and the others run', async () => {
    const { poll, add, pool, agents, states, find } = setUp();
    agents.locked.add('token-a');
    for (const name of ['a', 'b']) await add(name);
    await poll();
    expect(await states()).toEqual({ a: 'parked', b: 'ready' });
    expect(pool.botless).toEqual([{ name: 'a', state: 'parked' }]);
    expect((await find('a')).status.reason).toContain('encrypted under another key');
    await pool.stop();
  });

  it('takes no place from another', async () => {
    const { poll, add, pool, agents, states } = setUp({ maxBots: 1 });
    agents.locked.add('token-a');
    for (const name of ['a', 'b']) await add(name);
    await poll();
    await poll();
    expect(await states()).toEqual({ a: 'parked', b: 'ready' });
    await pool.stop();
  });

  it('is no change to the table at every poll', async () => {
    const { poll, add, pool, agents } = setUp();
    agents.locked.add('token-a');
    await add('a');
    await poll();
    expect(await poll()).toMatchObject({ start: [], restart: [], stop: [] });
    await pool.stop();
  });

  it('starts once it has a token that can be read', async () => {
    const { poll, add, edit, pool, agents, states } = setUp();
    agents.locked.add('token-a');
    await add('a');
    await poll();
    await edit('a', {}, 'token-new');
    await poll();
    expect(await states()).toEqual({ a: 'ready' });
    expect(pool.botless).toEqual([]);
    await pool.stop();
  });
});

describe('the incident of a token that cannot be read', () => {
  async function withLocked() {
    const stage = setUp();
    stage.agents.locked.add('token-a');
    await stage.add('a');
    await stage.poll();
    await stage.poll();
    expect(stage.told).toEqual(['bad-secret begun']);
    return stage;
  }

  it('is over when its agent is switched off, and begins anew when that is switched on again', async () => {
    const { edit, poll, pool, told } = await withLocked();
    await edit('a', { enabled: false });
    await poll();
    expect(told).toEqual(['bad-secret begun', 'bad-secret ended']);
    await edit('a', { enabled: true });
    await poll();
    expect(told).toEqual(['bad-secret begun', 'bad-secret ended', 'bad-secret begun']);
    await pool.stop();
  });

  it('is over when its agent is deleted', async () => {
    const { agents, find, poll, pool, told } = await withLocked();
    await agents.apply([{ kind: 'delete', id: (await find('a')).id }]);
    await poll();
    expect(told).toEqual(['bad-secret begun', 'bad-secret ended']);
    await pool.stop();
  });

  it('is over, and was mended, when there is a token that can be read', async () => {
    const { edit, poll, pool, told } = await withLocked();
    await edit('a', {}, 'token-new');
    await poll();
    expect(told).toEqual(['bad-secret begun', 'bad-secret helped']);
    await pool.stop();
  });

  it('lasts when the bot that ran with the token of before has gone', async () => {
    const { agents, add, edit, poll, pool, states, told } = setUp();
    await add('a');
    await poll();
    expect(await states()).toEqual({ a: 'ready' });
    agents.locked.add('token-new');
    await edit('a', {}, 'token-new');
    await poll();
    await poll();
    expect(await states()).toEqual({ a: 'parked' });
    expect(told).toEqual(['bad-secret begun']);
    await pool.stop();
  });
});

describe('a pool that is stopped', () => {
  it('leaves every session to the next process, and the table says that nobody runs', async () => {
    const { poll, add, pool, sessions, states, accounts, onOpen, find } = setUp();
    onOpen.set('token-bad', badToken);
    for (const name of ['a', 'b', 'bad']) await add(name);
    await poll();
    const connected = await Promise.all(['a', 'b'].map(async (name) => (await find(name)).id));
    await pool.stop();
    expect([...sessions.saved.keys()].toSorted()).toEqual(connected.toSorted());
    expect(await states()).toEqual({ a: 'stopped', b: 'stopped', bad: 'parked' });
    expect([...accounts.values()].every(({ closed }) => closed === 1)).toBe(true);
    expect(pool.bots.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits for bots that were already on their way out', async () => {
    const { poll, add, edit, pool, account, onOpen } = setUp();
    const closing = Promise.withResolvers<undefined>();
    onOpen.set('token-a', (opened) => {
      opened.onConnect = ({ succeed }) => {
        succeed().beforeClose = () => closing.promise;
      };
    });
    await add('a');
    await poll();
    await edit('a', { enabled: false });
    await poll();
    let stopped = false;
    const stopping = pool.stop().then(() => {
      stopped = true;
    });
    await turns();
    expect([stopped, account('a').closed]).toEqual([false, 0]);
    closing.resolve(undefined);
    await stopping;
    expect(account('a').closed).toBe(1);
  });

  it('lets go of its bots also when the sessions cannot be saved', async () => {
    const { poll, add, pool, accounts, sessions, states } = setUp();
    await add('a');
    await poll();
    sessions.beforeSave = () => Promise.reject(new Error('the disk is full'));
    await pool.stop().catch(() => undefined);
    await turns();
    expect([...accounts.values()].every(({ closed }) => closed === 1)).toBe(true);
    expect(await states()).toEqual({ a: 'stopped' });
  });
});

describe('two pools on one database', () => {
  const setUpTwo = (options: Partial<BotPoolOptions> = {}) => {
    const here = setUp(options);
    const there = setUp(options, here, 'there');
    const stop = async (): Promise<void> => {
      for (const { pool, leases } of [here, there]) {
        await pool.stop();
        await leases.stop();
      }
    };
    /** The lease of every bot runs out, and the other pool is quicker. */
    const robHere = async (): Promise<void> => {
      vi.setSystemTime(Date.now() + LEASE_TIMES.ttl + 1);
      await there.poll();
      await Promise.allSettled([...here.pool.bots.values()].map((bot) => bot.lease.held()));
      await turns();
    };
    return { here, there, stop, robHere };
  };

  it('never run the same bot, and the one that waits says once who runs it and writes nothing', async () => {
    const { here, there, stop } = setUpTwo();
    await here.add('a');
    await here.poll();
    const save = vi.spyOn(here.agents, 'saveStatus');
    await there.poll();
    await there.poll();
    expect([here.opened, there.opened]).toEqual([['token-a'], []]);
    expect(there.logger.lines).toMatchObject([{ level: 'info', host: 'here', bots: 'a' }]);
    await there.pool.stop();
    expect(save).not.toHaveBeenCalled();
    expect(await here.states()).toEqual({ a: 'ready' });
    await stop();
  });

  it('share the agents by their places, and what is left over runs nowhere', async () => {
    const { here, there, stop } = setUpTwo({ maxBots: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) await here.add(name);
    await here.poll();
    await there.poll();
    await here.poll();
    expect(
      [here.opened, there.opened].map((tokens) => tokens.map((token) => token.slice(-1)).join('')),
    ).toEqual(['ab', 'cd']);
    expect(await here.states()).toMatchObject({
      a: 'ready',
      b: 'ready',
      c: 'ready',
      d: 'ready',
      e: 'left-out',
    });
    const leftOut = { name: 'e', state: 'left-out' };
    expect([here.pool.botless, there.pool.botless]).toEqual([[leftOut], [leftOut]]);
    await stop();
  });

  it('that begin at the same instant start each bot once, and fill all places', async () => {
    const { here, there, stop } = setUpTwo({ maxBots: 3 });
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await here.add(name);
    await Promise.all([here.poll(), there.poll()]);
    expect([...here.opened, ...there.opened].toSorted()).toHaveLength(6);
    expect(new Set([...here.opened, ...there.opened]).size).toBe(6);
    await stop();
  });

  it('hand a bot over when one stops it: disabled, without a place, or with its host', async () => {
    const { here, there, stop } = setUpTwo();
    for (const name of ['a', 'b']) await here.add(name);
    await here.poll();
    here.pool.maxBots = 1;
    await here.poll();
    await turns();
    await there.poll();
    expect(there.opened).toEqual(['token-b']);
    await here.pool.stop();
    await here.leases.stop();
    await there.poll();
    expect(there.opened).toEqual(['token-b', 'token-a']);
    expect(await here.states()).toEqual({ a: 'ready', b: 'ready' });
    await stop();
  });

  it('leave session and status to the one that took a bot over, and the other closes its connection at once', async () => {
    const { here, there, stop, robHere } = setUpTwo();
    await here.add('a');
    const connections: FakeConnection[] = [];
    here.onOpen.set('token-a', (account) => {
      account.onConnect = ({ succeed }) => connections.push(succeed());
    });
    await here.poll();
    const { id } = await here.find('a');
    await robHere();
    expect(connections.map(({ closed }) => closed)).toEqual([{ resumable: true }]);
    expect([here.account('a').closed, here.pool.bots.size, here.pool.sessions().size]).toEqual([1, 0, 0]);
    expect(there.account('a').last.options.session?.sessionId).toBe('session-1');
    expect(here.sessions.saved.get(id)).toMatchObject([{ sessionId: 'session-1' }]);
    expect(await here.states()).toEqual({ a: 'ready' });
    expect(here.logger.lines.filter(({ level }) => level === 'warn')).toMatchObject([{ agent: 'a' }]);
    await here.poll();
    expect(here.opened).toEqual(['token-a']);
    await stop();
  });

  it('leave a bot where it is while the database does not say whose it is', async () => {
    const { here, stop } = setUpTwo();
    await here.add('a');
    await here.poll();
    const list = vi.spyOn(here.store, 'list').mockRejectedValue(new Error('the database cannot be reached'));
    await expect(here.poll()).rejects.toThrow('cannot be reached');
    expect([...here.pool.bots.values()].map(({ status }) => status.state)).toEqual(['ready']);
    list.mockRestore();
    await stop();
  });

  it('give up a lease that they have no bot for', async () => {
    const { here, there, stop } = setUpTwo();
    await here.add('a', { enabled: false });
    const { id } = await here.find('a');
    await here.leases.claim([id]);
    await here.poll();
    expect(here.leases.held).toEqual([]);
    await here.edit('a', { enabled: true });
    await there.poll();
    expect(there.opened).toEqual(['token-a']);
    await stop();
  });
});
