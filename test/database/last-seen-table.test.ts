import { expect, it } from 'vitest';
import type { LastSeenMark } from '../../src/bots/last-seen.ts';
import { withoutLease } from '../../src/leases/lease.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';
import { incomingMessage } from '../support/incoming-message.ts';

const HOLDER = { hostId: 'host', processId: 'process', proof: '', hostName: 'here' };

function marks(entries: Record<string, string | LastSeenMark>): Map<string, LastSeenMark> {
  return new Map(
    Object.entries(entries).map(([agentId, mark]) => [
      agentId,
      typeof mark === 'string' ? { messageId: mark, fence: undefined } : mark,
    ]),
  );
}

describeOnEachDatabase('the marks of what bots have seen', (makeDatabase) => {
  it('come back as they were saved, each agent its own, also in another process', async () => {
    const file = await makeDatabase();
    const database = await file.open();
    await database.lastSeen.save(marks({ a: '1573500220828811269', b: '7' }));
    await database.close();
    const { lastSeen } = await file.open();
    expect(await lastSeen.load('a')).toBe('1573500220828811269');
    expect(await lastSeen.load('b')).toBe('7');
    expect(await lastSeen.load('c')).toBeUndefined();
  });

  it('never go back, and compare as numbers', async () => {
    const { lastSeen } = await (await makeDatabase()).open();
    await lastSeen.save(marks({ a: '999' }));
    await lastSeen.save(marks({ a: '998' }));
    expect(await lastSeen.load('a')).toBe('999');
    await lastSeen.save(marks({ a: '1000' }));
    expect(await lastSeen.load('a')).toBe('1000');
    await lastSeen.save(marks({ a: '999' }));
    expect(await lastSeen.load('a')).toBe('1000');
  });

  it('are written under the present lease alone, the first and every later one', async () => {
    const { lastSeen, leases } = await (await makeDatabase()).open();
    const fence = (await leases.claim(['a', 'b'], HOLDER, 60_000)).get('a') ?? 0n;
    await lastSeen.save(
      marks({ a: { messageId: '10', fence: fence + 1n }, none: { messageId: '10', fence: 1n } }),
    );
    expect(await lastSeen.load('a')).toBeUndefined();
    expect(await lastSeen.load('none')).toBeUndefined();
    await lastSeen.save(marks({ a: { messageId: '10', fence } }));
    await lastSeen.save(marks({ a: { messageId: '30', fence: fence - 1n }, b: { messageId: '5', fence } }));
    expect(await lastSeen.load('a')).toBe('10');
    expect(await lastSeen.load('b')).toBe('5');
    await lastSeen.save(marks({ a: { messageId: '20', fence } }));
    expect(await lastSeen.load('a')).toBe('20');
  });

  it('of a bot that is gone do not come back once they were taken away', async () => {
    const { lastSeen } = await (await makeDatabase()).open();
    const last = (messageId: string) => marks({ a: { messageId, fence: undefined, isLast: true } });
    await lastSeen.save(last('10'));
    expect(await lastSeen.load('a')).toBeUndefined();
    await lastSeen.save(marks({ a: '20' }));
    await lastSeen.save(last('30'));
    expect(await lastSeen.load('a')).toBe('30');
  });

  it('of a few hundred bots are saved in one go, and by two processes at once', async () => {
    const file = await makeDatabase();
    const [one, other] = [await file.open(), await file.open()];
    const ids = Array.from({ length: 300 }, (_, n) => `agent-${String(n)}`);
    const all = (id: string) => marks(Object.fromEntries(ids.map((agentId) => [agentId, id])));
    await Promise.all([one.lastSeen.save(all('100')), other.lastSeen.save(all('200'))]);
    expect(await Promise.all(ids.map((id) => one.lastSeen.load(id)))).toEqual(ids.map(() => '200'));
  });
});

describeOnEachDatabase('the channels of direct messages', (makeDatabase) => {
  it('are those on record, the one with the newest message first, and no more than asked for', async () => {
    const database = await (await makeDatabase()).open();
    const admit = (id: string, agentId: string, channelId: string, guildId?: string) =>
      database.journal.admit(
        {
          id,
          agentId,
          reason: 'dm',
          begun: true,
          message: incomingMessage({ id, channelId, guildId }),
        },
        withoutLease(agentId),
      );
    await admit('01', 'a', 'old');
    await admit('02', 'a', 'new');
    await admit('03', 'a', 'old-again');
    await admit('04', 'a', 'in-guild', '9');
    await admit('05', 'b', 'of-b');
    await admit('06', 'a', 'new');
    expect(await database.lastSeen.directChannels('a', 2)).toEqual(['new', 'old-again']);
    expect(await database.lastSeen.directChannels('a', 50)).toEqual(['new', 'old-again', 'old']);
    expect(await database.lastSeen.directChannels('nobody', 50)).toEqual([]);
  });
});
