import { expect, it } from 'vitest';
import { IncidentTable } from '../../src/database/incident-table.ts';
import { LeaseTable } from '../../src/database/lease-table.ts';
import { anIncident } from '../support/an-incident.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';

describeOnEachDatabase('the incidents table', (make) => {
  const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);

  async function setUp() {
    const database = await make();
    const host = await database.open();
    const { connection } = await database.connect();
    return { database, host, table: new IncidentTable(connection), leases: new LeaseTable(connection) };
  }

  it('keeps an incident with all that is known of it', async () => {
    const { table } = await setUp();
    const incidents = [
      anIncident(),
      anIncident({ agentId: 'agent-1', helped: false, endedAt: new Date('2026-11-30T11:00:00.000Z') }),
      anIncident({ severity: 'critical', action: 'stop', helped: true, attempts: 12 }),
    ];
    await table.save(incidents);
    expect(await table.list({ limit: 10 })).toEqual(incidents.toReversed());
  });

  it('has one row for an incident, however often it is written, with what is true now', async () => {
    const { table, database } = await setUp();
    const begun = anIncident();
    const changed = {
      ...begun,
      attempts: 7,
      message: 'still away',
      lastAt: new Date(),
      action: 'park' as const,
    };
    const ended = { ...changed, endedAt: new Date(), helped: true };
    await table.save([begun]);
    await table.save([changed, anIncident()]);
    await table.save([ended]);
    expect(await database.query('SELECT count(*) AS total FROM incidents')).toEqual([{ total: '2' }]);
    expect(await table.list({ isOpen: false, limit: 5 })).toEqual([ended]);
    expect(await table.countOpen()).toBe(1);
  });

  it('lists the newest, of one agent, only those that last, page by page', async () => {
    const { table } = await setUp();
    const of = (agentId: string, endedAt?: Date) => anIncident({ agentId, endedAt });
    const all = [of('a'), of('b'), of('a', new Date()), of('a'), anIncident()];
    await table.save(all);
    const ids = async (filter: Omit<Parameters<typeof table.list>[0], 'limit'>, limit = 10) =>
      (await table.list({ ...filter, limit })).map(({ id }) => all.findIndex((one) => one.id === id));
    expect(await ids({ agentId: 'a' })).toEqual([3, 2, 0]);
    expect(await ids({ agentId: 'a', isOpen: true })).toEqual([3, 0]);
    expect(await ids({ isOpen: false })).toEqual([2]);
    expect(await ids({}, 2)).toEqual([4, 3]);
    expect(await ids({ before: all[3]?.id }, 2)).toEqual([2, 1]);
  });

  it('takes texts that no column holds as they are', async () => {
    const { table } = await setUp();
    await table.save([anIncident({ message: `a\0${'😀'.repeat(2_000)}`, component: 'c'.repeat(200) })]);
    const [{ message, component } = anIncident()] = await table.list({ limit: 1 });
    expect(message.startsWith('a😀')).toBe(true);
    expect(component).toBe('c'.repeat(80));
  });

  it('ends what an earlier process of this host left open, not what this one looks after', async () => {
    const { table } = await setUp();
    const [left, own, ended] = [
      anIncident({ startedAt: minutesAgo(10), lastAt: minutesAgo(9) }),
      anIncident({ startedAt: minutesAgo(1) }),
      anIncident({ startedAt: minutesAgo(10), endedAt: minutesAgo(8), helped: true }),
    ];
    await table.save([left, own, ended]);
    await table.endAbandoned('host-1', minutesAgo(5), minutesAgo(60));
    const found = new Map((await table.list({ limit: 5 })).map((one) => [one.id, one]));
    expect(found.get(left.id)).toEqual({ ...left, endedAt: left.lastAt });
    expect(found.get(own.id)).toEqual(own);
    expect(found.get(ended.id)).toEqual(ended);
  });

  it('ends what dead hosts left open: without a lease, and not touched for long', async () => {
    const { table, leases } = await setUp();
    const long = { startedAt: minutesAgo(50), lastAt: minutesAgo(30) };
    const [dead, alive, quiet] = [
      anIncident({ ...long, hostId: 'dead' }),
      anIncident({ ...long, hostId: 'alive' }),
      anIncident({ ...long, hostId: 'quiet', lastAt: minutesAgo(10) }),
    ];
    const holder = { hostId: 'alive', processId: 'process', proof: '', hostName: '' };
    await leases.claim(['agent-1'], holder, 60_000);
    await table.save([dead, alive, quiet]);
    await table.endAbandoned('host-1', new Date(), minutesAgo(20));
    const open = await table.list({ isOpen: true, limit: 5 });
    expect(open.map(({ hostId }) => hostId).toSorted()).toEqual(['alive', 'quiet']);
  });

  it('is swept: what is old enough goes', async () => {
    const { table, host } = await setUp();
    await table.save([anIncident({ startedAt: minutesAgo(200) }), anIncident({ startedAt: minutesAgo(1) })]);
    const steps = host.retention.sweep('incidents', minutesAgo(100))[Symbol.asyncIterator]();
    while ((await steps.next()).done !== true);
    expect(await table.list({ limit: 5 })).toHaveLength(1);
  });
});
