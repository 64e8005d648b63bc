import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LeaseKeeper, type LeaseTimes } from '../../src/leases/lease-keeper.ts';
import type { HeldLease, LeaseHolder, LeaseStore } from '../../src/leases/lease-store.ts';
import { type Lease, LeaseLostError } from '../../src/leases/lease.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { leaseHolder } from '../support/lease-holder.ts';
import { testDatabase } from '../support/test-database.ts';
import { turns } from '../support/turns.ts';

/** Nothing happens by itself within a test. */
const NEVER = 3_600_000;
const TTL = 60_000;

/** The real table, with a line to it that can be cut. */
class LineToTable implements LeaseStore {
  readonly #table: LeaseStore;
  cut = false;
  renewals = 0;
  /** What every release waits for first. */
  beforeRelease: Promise<void> = Promise.resolve();

  constructor(table: LeaseStore) {
    this.#table = table;
  }

  async claim(agentIds: readonly string[], holder: LeaseHolder, ttl: number) {
    this.#pass();
    return this.#table.claim(agentIds, holder, ttl);
  }

  async renew(fences: ReadonlyMap<string, bigint>, holder: LeaseHolder, ttl: number) {
    this.renewals += 1;
    this.#pass();
    return this.#table.renew(fences, holder, ttl);
  }

  async release(fences: ReadonlyMap<string, bigint>, holder: LeaseHolder) {
    this.#pass();
    await this.beforeRelease;
    await this.#table.release(fences, holder);
  }

  async list(): Promise<HeldLease[]> {
    this.#pass();
    return this.#table.list();
  }

  #pass(): void {
    if (this.cut) throw new Error('the database cannot be reached');
  }
}

async function setUp(times: Partial<LeaseTimes> = {}) {
  const database = await testDatabase();
  const { leases: table } = await database.open();
  const line = new LineToTable(table);
  const logger = collectingLogger();
  const holder = leaseHolder({ hostName: 'here' });
  const keeper = new LeaseKeeper(
    { store: line, holder, logger },
    { ttl: TTL, margin: 1_000, renewInterval: NEVER, retryInterval: 5, lookInterval: NEVER, ...times },
  );
  onTestFinished(() => keeper.stop());
  const take = async (agentId: string): Promise<Lease> => {
    await keeper.claim([agentId]);
    const lease = keeper.lease(agentId);
    if (lease === undefined) throw new Error('the lease was not to be had');
    return lease;
  };
  const expire = (): void => {
    database.raw('UPDATE bot_leases SET expires_at = 0');
  };
  /** Another host takes the lease, as it may once it has run out. */
  const rob = async (agentId: string): Promise<void> => {
    expire();
    expect((await table.claim([agentId], leaseHolder({ hostName: 'there' }), TTL)).size).toBe(1);
  };
  return { database, table, line, logger, holder, keeper, take, expire, rob };
}

afterEach(() => {
  vi.useRealTimers();
});

/** What has become of a promise so far. */
function watch(promise: Promise<void>): { readonly state: () => string; readonly over: Promise<void> } {
  let state = 'waits';
  const over = promise.then(
    () => {
      state = 'held';
    },
    (error: unknown) => {
      state = error instanceof LeaseLostError ? 'lost' : String(error);
    },
  );
  return { state: () => state, over };
}

describe('a lease that is held', () => {
  it('says so at once, and asks nobody', async () => {
    const { take, line } = await setUp();
    const lease = await take('a');
    line.cut = true;
    await lease.held();
    expect(line.renewals).toBe(0);
  });

  it.each(['Date', 'performance'] as const)(
    'asks the database again once its time has passed by %s, as after a pause of the process or the machine',
    async (clock) => {
      const { take, line } = await setUp();
      const lease = await take('a');
      vi.useFakeTimers({ toFake: [clock], now: Date.now() });
      vi.advanceTimersByTime(2 * TTL);
      await lease.held();
      expect(line.renewals).toBe(1);
      await lease.held();
      expect(line.renewals).toBe(1);
    },
  );

  it('asks before the lease has run out: what it allows takes time to arrive', async () => {
    const { take, line } = await setUp({ ttl: TTL, margin: TTL });
    const lease = await take('a');
    const held = watch(lease.held());
    await expect.poll(() => line.renewals).toBeGreaterThan(0);
    expect(held.state()).toBe('waits');
  });

  it('is not lost when a clock is set back', async () => {
    const { take, line } = await setUp();
    const lease = await take('a');
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    await lease.held();
    expect(line.renewals).toBe(0);
  });

  it('stays held when it ran out and nobody took it', async () => {
    const { take, expire } = await setUp();
    const lease = await take('a');
    expire();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + TTL });
    await lease.held();
    expect(lease.signal.aborted).toBe(false);
  });

  it('waits while the database cannot be reached, and goes on when it can be', async () => {
    const { take, line, logger } = await setUp();
    const lease = await take('a');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + TTL });
    line.cut = true;
    const held = watch(lease.held());
    await expect.poll(() => line.renewals).toBeGreaterThan(3);
    expect([held.state(), lease.signal.aborted]).toEqual(['waits', false]);
    line.cut = false;
    await held.over;
    expect(held.state()).toBe('held');
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  });

  it('is one question for all who wait', async () => {
    const { keeper, line } = await setUp();
    await keeper.claim(['a', 'b', 'c']);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + TTL });
    const leases = keeper.held.map((id) => keeper.lease(id));
    await Promise.all([...leases, ...leases].map(async (lease) => lease?.held()));
    expect(line.renewals).toBe(1);
  });
});

describe('a lease that another host took', () => {
  it('is lost for whoever asks, and its signal aborts', async () => {
    const { take, rob, keeper } = await setUp();
    const lease = await take('a');
    await rob('a');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + TTL });
    await expect(lease.held()).rejects.toThrow(LeaseLostError);
    expect([lease.signal.aborted, keeper.lease('a')]).toEqual([true, undefined]);
    await expect(lease.held()).rejects.toThrow(LeaseLostError);
  });

  it('is noticed with the next renewal, by nobody asking, and the others stay', async () => {
    const { keeper, take, rob } = await setUp({ renewInterval: 5 });
    const [lost, kept] = [await take('a'), await take('b')];
    const changed = Promise.withResolvers<undefined>();
    keeper.start(() => {
      changed.resolve(undefined);
    });
    await rob('a');
    await changed.promise;
    expect([lost.signal.aborted, kept.signal.aborted, keeper.held]).toEqual([true, false, ['b']]);
  });

  it('is named with its host', async () => {
    const { keeper, take, rob } = await setUp();
    await take('a');
    await take('b');
    await rob('a');
    expect(await keeper.elsewhere()).toEqual(new Map([['a', 'there']]));
  });
});

describe('the keeper', () => {
  it('renews by itself what it holds', async () => {
    const { keeper, take, table, line, expire } = await setUp({ renewInterval: 5 });
    await take('a');
    keeper.start(() => undefined);
    expire();
    const before = line.renewals;
    await expect.poll(() => line.renewals).toBeGreaterThan(before + 1);
    expect((await table.list()).map(({ isLive }) => isLive)).toEqual([true]);
  });

  it('tells when a lease that it watches can be had, and says nothing of others', async () => {
    const { keeper, table, expire } = await setUp({ lookInterval: 5 });
    await table.claim(['a', 'b'], leaseHolder(), TTL);
    let changes = 0;
    keeper.start(() => {
      changes += 1;
    });
    expire();
    await table.claim(['a'], leaseHolder(), TTL);
    keeper.watch(['a']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(changes).toBe(0);
    expire();
    await expect.poll(() => changes).toBeGreaterThan(0);
    await keeper.claim(['a']);
    expect(keeper.held).toEqual(['a']);
  });

  it('goes on looking when the database could not be reached', async () => {
    const { keeper, table, line, expire } = await setUp({ lookInterval: 5 });
    await table.claim(['a'], leaseHolder(), TTL);
    let changes = 0;
    keeper.start(() => {
      changes += 1;
    });
    keeper.watch(['a']);
    line.cut = true;
    await new Promise((resolve) => setImmediate(resolve));
    expire();
    line.cut = false;
    await expect.poll(() => changes).toBeGreaterThan(0);
  });

  it('hands over what it releases at once, and whoever still asks has lost it', async () => {
    const { keeper, take, table } = await setUp();
    const lease = await take('a');
    await keeper.release(['a', 'never held']);
    expect(lease.signal.aborted).toBe(true);
    await expect(lease.held()).rejects.toThrow(LeaseLostError);
    expect((await table.claim(['a'], leaseHolder(), TTL)).size).toBe(1);
  });

  it('can have again what it released, also when it asks before that is done', async () => {
    const { keeper, take, table, line } = await setUp();
    await take('a');
    const way = Promise.withResolvers<undefined>();
    line.beforeRelease = way.promise.then(() => undefined);
    const released = keeper.release(['a']);
    const taking = take('a');
    await turns(20);
    way.resolve(undefined);
    const again = await taking;
    await released;
    expect([again.signal.aborted, again.fence]).toEqual([false, 2n]);
    expect((await table.claim(['a'], leaseHolder(), TTL)).size).toBe(0);
  });

  it('releases everything when it stops, ends all waiting and leaves no timer', async () => {
    const { keeper, take, table, line } = await setUp();
    const lease = await take('a');
    await take('b');
    keeper.start(() => undefined);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + TTL });
    line.cut = true;
    const held = watch(lease.held());
    await expect.poll(() => line.renewals).toBeGreaterThan(0);
    line.cut = false;
    vi.useRealTimers();
    await keeper.stop();
    await held.over;
    expect((await table.claim(['a', 'b'], leaseHolder(), TTL)).size).toBe(2);
  });

  it('stops in words when it cannot release', async () => {
    const { keeper, take, line, logger } = await setUp();
    await take('a');
    line.cut = true;
    await keeper.stop();
    expect(logger.lines.map(({ text }) => text).join()).toContain('could not release');
  });
});
