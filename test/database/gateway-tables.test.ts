import { expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import type { BotSessions, GatewaySession } from '../../src/bots/gateway-session.ts';
import type { Database } from '../../src/database/open-database.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';
import { gatewaySession } from '../support/fake-account.ts';
import { leaseHolder } from '../support/lease-holder.ts';

const TTL = 60_000;

async function addAgents({ agents }: Database, ...names: string[]): Promise<string[]> {
  await agents.apply(
    names.map((name) => ({
      kind: 'create',
      definition: agentDefinitionSchema.parse({ name }),
      token: undefined,
    })),
  );
  const ids = new Map((await agents.list()).map(({ name, id }) => [name, id]));
  return names.map((name) => ids.get(name) ?? '');
}

/** What bots put on record that have no competitors, unless a fence is named. */
function written(sessions: readonly (readonly [string, GatewaySession[]])[], fence?: bigint) {
  return new Map(sessions.map(([id, list]): [string, BotSessions] => [id, { fence, sessions: list }]));
}

describeOnEachDatabase('gateway sessions', (makeDatabase) => {
  it('come back as they were saved, also in another process', async () => {
    const file = await makeDatabase();
    const database = await file.open();
    const [a = '', b = ''] = await addAgents(database, 'a', 'b');
    const shards = [
      gatewaySession({ shardId: 0, shardCount: 2, sequence: 2_147_483_647 }),
      gatewaySession({ shardId: 1, shardCount: 2, sessionId: 'other', messageContent: false }),
    ];
    await database.sessions.save(
      written([
        [a, shards],
        [b, [gatewaySession({ sessionId: 'of b' })]],
      ]),
    );
    await database.close();
    const { sessions } = await file.open();
    const byShard = (await sessions.load(a)).toSorted((one, two) => one.shardId - two.shardId);
    expect(byShard).toEqual(shards);
    expect(await sessions.load(b)).toEqual([gatewaySession({ sessionId: 'of b' })]);
  });

  it('are replaced by newer ones, shards that are gone included, and others stay', async () => {
    const database = await (await makeDatabase()).open();
    const [a = '', b = ''] = await addAgents(database, 'a', 'b');
    const { sessions } = database;
    await sessions.save(
      written([
        [a, [gatewaySession({ shardId: 0, shardCount: 2 }), gatewaySession({ shardId: 1, shardCount: 2 })]],
        [b, [gatewaySession()]],
      ]),
    );
    await sessions.save(written([[a, [gatewaySession({ sequence: 9 })]]]));
    expect(await sessions.load(a)).toEqual([gatewaySession({ sequence: 9 })]);
    expect(await sessions.load(b)).toEqual([gatewaySession()]);
  });

  it('are forgotten with an empty list, and with their agent', async () => {
    const database = await (await makeDatabase()).open();
    const [a = '', b = ''] = await addAgents(database, 'a', 'b');
    const { sessions } = database;
    await sessions.save(
      written([
        [a, [gatewaySession()]],
        [b, [gatewaySession()]],
      ]),
    );
    await sessions.save(written([[a, []]]));
    await database.agents.apply([{ kind: 'delete', id: b }]);
    expect([await sessions.load(a), await sessions.load(b)]).toEqual([[], []]);
  });

  it('of an agent that is gone are passed over, and the others are saved', async () => {
    const database = await (await makeDatabase()).open();
    const [a = ''] = await addAgents(database, 'a');
    await database.sessions.save(
      written([
        ['gone', [gatewaySession()]],
        [a, [gatewaySession()]],
      ]),
    );
    expect(await database.sessions.load('gone')).toEqual([]);
    expect(await database.sessions.load(a)).toEqual([gatewaySession()]);
  });

  it('are saved all or none', async () => {
    const database = await (await makeDatabase()).open();
    const [a = '', b = ''] = await addAgents(database, 'a', 'b');
    await database.sessions.save(written([[a, [gatewaySession({ sequence: 1 })]]]));
    const twice = [gatewaySession({ shardId: 0 }), gatewaySession({ shardId: 0 })];
    await expect(
      database.sessions.save(
        written([
          [a, [gatewaySession({ sequence: 2 })]],
          [b, twice],
        ]),
      ),
    ).rejects.toThrow();
    expect(await database.sessions.load(a)).toEqual([gatewaySession({ sequence: 1 })]);
  });

  it('of many agents can be saved in one go', async () => {
    const database = await (await makeDatabase()).open();
    const names = Array.from({ length: 300 }, (_, index) => `agent ${index}`);
    const ids = await addAgents(database, ...names);
    await database.sessions.save(written(ids.map((id, sequence) => [id, [gatewaySession({ sequence })]])));
    expect((await database.sessions.load(ids[299] ?? ''))[0]?.sequence).toBe(299);
  });

  it('advance, each shard by itself, without a word about those that are not on record', async () => {
    const database = await (await makeDatabase()).open();
    const [a = '', b = ''] = await addAgents(database, 'a', 'b');
    const { sessions } = database;
    const shard = (shardId: number, sequence: number, sessionId = 'session-1') =>
      gatewaySession({ shardId, shardCount: 2, sequence, sessionId });
    await sessions.save(
      written([
        [a, [shard(0, 1), shard(1, 1)]],
        [b, [shard(0, 1, 'newer')]],
      ]),
    );
    await sessions.advance(
      written([
        [a, [shard(1, 9)]],
        [b, [shard(0, 9, 'older')]],
        ['gone', [shard(0, 9)]],
      ]),
    );
    const byShard = (await sessions.load(a)).toSorted((one, two) => one.shardId - two.shardId);
    expect(byShard).toEqual([shard(0, 1), shard(1, 9)]);
    expect(await sessions.load(b)).toEqual([shard(0, 1, 'newer')]);
    expect(await sessions.load('gone')).toEqual([]);
  });

  it('stay as the present holder of the lease wrote them, whatever another one still has to say', async () => {
    const database = await (await makeDatabase()).open();
    const [a = '', b = ''] = await addAgents(database, 'a', 'b');
    const { sessions, leases } = database;
    const before = leaseHolder();
    const first = (await leases.claim([a, b], before, TTL)).get(a);
    await leases.release(new Map([[a, first ?? 0n]]), before);
    const second = (await leases.claim([a], leaseHolder(), TTL)).get(a);
    await sessions.save(written([[a, [gatewaySession({ sequence: 5 })]]], second));
    const late = written(
      [
        [a, [gatewaySession({ sequence: 9 })]],
        [b, [gatewaySession({ sequence: 9 })]],
      ],
      first,
    );
    await sessions.advance(late);
    await sessions.save(late);
    await sessions.save(written([[a, []]], first));
    await sessions.save(written([[a, []]]));
    expect(await sessions.load(a)).toEqual([gatewaySession({ sequence: 5 })]);
    expect(await sessions.load(b)).toEqual([gatewaySession({ sequence: 9 })]);
  });

  it('are empty for an agent that never had one', async () => {
    const { sessions } = await (await makeDatabase()).open();
    expect(await sessions.load('nobody')).toEqual([]);
  });
});

describeOnEachDatabase('the ledger of identifies', (makeDatabase) => {
  const at = (ms: number) => new Date(1_750_000_000_000 + ms);

  it('counts from a moment on, that moment included, each application by itself', async () => {
    const { identifies } = await (await makeDatabase()).open();
    for (const ms of [0, 1, 2, 2]) await identifies.record('1', at(ms));
    await identifies.record('2', at(5));
    expect(await identifies.spentSince('1', at(1))).toEqual({ count: 3, last: at(2) });
    expect(await identifies.spentSince('2', at(0))).toEqual({ count: 1, last: at(5) });
    expect(await identifies.spentSince('3', at(0))).toEqual({ count: 0, last: undefined });
  });

  it('outlives the process', async () => {
    const file = await makeDatabase();
    const before = await file.open();
    await before.identifies.record('1', at(0));
    await before.close();
    const after = await file.open();
    await after.identifies.record('1', at(1));
    expect(await after.identifies.spentSince('1', at(0))).toEqual({ count: 2, last: at(1) });
  });

  it('lets go of what nobody will count again', async () => {
    const file = await makeDatabase();
    const { identifies } = await file.open();
    for (const ms of [0, 1, 2]) await identifies.record('1', at(ms));
    await identifies.record('2', at(0));
    await identifies.spentSince('1', at(2));
    const left = (application: string) => identifies.spentSince(application, at(0));
    expect([(await left('1')).count, (await left('2')).count]).toEqual([1, 1]);
  });
});
