import { expect, it, vi } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import type { BotState } from '../../src/agents/agent-record.ts';
import type { Database } from '../../src/database/open-database.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';
import { leaseHolder } from '../support/lease-holder.ts';

const TTL = 60_000;
/** A lease that has run out when it is taken. */
const OVER = -1;

describeOnEachDatabase('the table of leases', (makeDatabase) => {
  const open = async (): Promise<Database['leases']> => (await (await makeDatabase()).open()).leases;

  it('gives a lease to whoever asks first, and to nobody else while it lasts', async () => {
    const leases = await open();
    const [one, other] = [leaseHolder(), leaseHolder()];
    expect(await leases.claim(['a', 'b'], one, TTL)).toEqual(
      new Map([
        ['a', 1n],
        ['b', 1n],
      ]),
    );
    expect(await leases.claim(['b', 'c'], other, TTL)).toEqual(new Map([['c', 1n]]));
  });

  it('gives nothing to whoever asks for nothing', async () => {
    const leases = await open();
    const holder = leaseHolder();
    expect(await leases.claim([], holder, TTL)).toEqual(new Map());
    expect(await leases.renew(new Map(), holder, TTL)).toEqual(new Set());
    await leases.release(new Map(), holder);
    expect(await leases.list()).toEqual([]);
  });

  it('gives each lease to exactly one of many that ask at the same instant', async () => {
    const database = await makeDatabase();
    const hosts = await Promise.all(
      Array.from({ length: 4 }, async () => ({ holder: leaseHolder(), ...(await database.open()) })),
    );
    const agents = Array.from({ length: 50 }, (_, index) => `agent-${index}`);
    const gained = await Promise.all(
      hosts.map(({ leases, holder }, n) =>
        leases.claim(n % 2 === 0 ? agents : agents.toReversed(), holder, TTL),
      ),
    );
    const all = gained.flatMap((fences) => [...fences]);
    expect(all.map(([agent]) => agent).toSorted()).toEqual(agents.toSorted());
    expect(all.every(([, fence]) => fence === 1n)).toBe(true);
  });

  it('gives a lease that has run out to the next who asks, under a higher fence', async () => {
    const leases = await open();
    await leases.claim(['a'], leaseHolder(), OVER);
    expect(await leases.claim(['a'], leaseHolder(), TTL)).toEqual(new Map([['a', 2n]]));
  });

  it('gives a lease that was released to the next who asks, under a higher fence', async () => {
    const leases = await open();
    const holder = leaseHolder();
    const fences = await leases.claim(['a'], holder, TTL);
    await leases.release(fences, holder);
    expect(await leases.claim(['a'], leaseHolder(), TTL)).toEqual(new Map([['a', 2n]]));
  });

  it("does not release another's", async () => {
    const leases = await open();
    const fences = await leases.claim(['a'], leaseHolder(), TTL);
    await leases.release(fences, leaseHolder());
    expect((await leases.claim(['a'], leaseHolder(), TTL)).size).toBe(0);
  });

  it('gives a process its own lease anew, under a higher fence: it may never have heard of the first', async () => {
    const leases = await open();
    const holder = leaseHolder();
    await leases.claim(['a'], holder, TTL);
    expect(await leases.claim(['a'], holder, TTL)).toEqual(new Map([['a', 2n]]));
    expect(await leases.renew(new Map([['a', 1n]]), holder, TTL)).toEqual(new Set());
    expect(await leases.renew(new Map([['a', 2n]]), holder, TTL)).toEqual(new Set(['a']));
  });

  it('renews what is still held, also what ran out meanwhile, and tells what is not', async () => {
    const leases = await open();
    const [one, other] = [leaseHolder(), leaseHolder()];
    const fences = await leases.claim(['kept', 'over', 'taken', 'released'], one, OVER);
    await leases.claim(['taken'], other, TTL);
    await leases.release(new Map([['released', 1n]]), one);
    expect(await leases.renew(fences, one, TTL)).toEqual(new Set(['kept', 'over']));
    expect(await leases.claim(['kept', 'over', 'released'], other, TTL)).toEqual(new Map([['released', 2n]]));
  });

  it('gives a process the leases of an earlier one of the same host that is proved to be gone', async () => {
    const leases = await open();
    const before = leaseHolder({ proof: 'boot:1:2' });
    await leases.claim(['a'], before, TTL);
    const after = leaseHolder({ hostId: before.hostId, proof: before.proof });
    expect(await leases.claim(['a'], after, TTL)).toEqual(new Map([['a', 2n]]));
    expect(await leases.renew(new Map([['a', 1n]]), before, TTL)).toEqual(new Set());
  });

  it.each([
    { what: 'there is no proof', before: { proof: '' }, after: { proof: '' } },
    { what: 'the proof is another', before: { proof: 'boot:1:2' }, after: { proof: 'boot:1:3' } },
    {
      what: 'the host is another',
      before: { proof: 'boot:1:2' },
      after: { proof: 'boot:1:2', hostId: '9e107d9d-372b-4b6d-8a5f-000000000000' },
    },
    {
      what: 'the other one started later',
      before: { proof: 'boot:1:2' },
      after: { proof: 'boot:1:2', processId: '00000000-0000-7000-8000-000000000000' },
    },
  ])('keeps a lease from a process of the same host when $what', async ({ before, after }) => {
    const leases = await open();
    const holder = leaseHolder(before);
    await leases.claim(['a'], holder, TTL);
    expect(await leases.claim(['a'], leaseHolder({ hostId: holder.hostId, ...after }), TTL)).toEqual(
      new Map(),
    );
  });

  it('lists who holds what, and what has run out', async () => {
    const leases = await open();
    const holder = leaseHolder({ proof: 'boot:1:2', hostName: 'a box with a name — 名前' });
    await leases.claim(['live'], holder, TTL);
    await leases.claim(['over'], holder, OVER);
    const listed = (await leases.list()).toSorted((a, b) => (a.agentId < b.agentId ? -1 : 1));
    expect(listed).toEqual([
      { agentId: 'live', holder, isLive: true },
      { agentId: 'over', holder, isLive: false },
    ]);
  });

  it.each([
    { what: 'ahead', days: 400 },
    { what: 'behind', days: -400 },
  ])("goes by the database's time when a host's clock is $what", async ({ days }) => {
    const leases = await open();
    await leases.claim(['live'], leaseHolder(), TTL);
    await leases.claim(['over'], leaseHolder(), OVER);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * 86_400_000 });
    const gained = await leases.claim(['live', 'over'], leaseHolder(), TTL).finally(() => vi.useRealTimers());
    expect([...gained.keys()]).toEqual(['over']);
    expect((await leases.claim(['over'], leaseHolder(), TTL)).size).toBe(0);
  });
});

describeOnEachDatabase('where a bot stands', (makeDatabase) => {
  const setUp = async () => {
    const { agents, leases } = await (await makeDatabase()).open();
    await agents.apply([
      { kind: 'create', definition: agentDefinitionSchema.parse({ name: 'a' }), token: undefined },
    ]);
    const [{ id } = { id: '' }] = await agents.list();
    const claim = async () => (await leases.claim([id], leaseHolder(), OVER)).get(id);
    const save = (state: BotState, fence?: bigint) =>
      agents.saveStatus(new Map([[id, { state, reason: '' }]]), new Map([[id, fence]]));
    const state = async () => (await agents.list())[0]?.status.state;
    return { id, leases, claim, save, state };
  };

  it('is written under the present lease, and not under an earlier one', async () => {
    const { claim, save, state } = await setUp();
    const first = await claim();
    const second = await claim();
    await save('ready', second);
    await save('reconnecting', first);
    expect(await state()).toBe('ready');
  });

  it('is written by others only while no host has its lease', async () => {
    const { id, leases, save, state } = await setUp();
    await save('left-out');
    expect(await state()).toBe('left-out');
    const holder = leaseHolder();
    const fences = await leases.claim([id], holder, TTL);
    await save('ready', fences.get(id));
    await save('left-out');
    expect(await state()).toBe('ready');
    await leases.release(fences, holder);
    await save('left-out');
    expect(await state()).toBe('left-out');
  });
});
