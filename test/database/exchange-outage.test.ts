import { describe, expect, it, vi } from 'vitest';
import type { Database } from '../../src/database/open-database.ts';
import { type Admission, NotRecordedError, type Reply } from '../../src/messages/journal.ts';
import { admission, leaseWith } from '../support/admission.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { TESTED_DATABASES } from '../support/each-database.ts';
import { leaseHolder } from '../support/lease-holder.ts';
import { refuseRows } from '../support/refuse-rows.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { turns } from '../support/turns.ts';

const AT = new Date('2026-11-20T12:34:56.789Z');
const REPLY: Reply = { pieces: ['answer'], ending: 'delivered' };
const DELIVERED = { state: 'delivered' } as const;
const STATES = 'SELECT message_id, state, attempts FROM exchanges ORDER BY message_id';

const range = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1));

/** A database whose host reaches it through a proxy. */
async function setUp(makeDatabase: () => Promise<TestDatabase>) {
  const database = await makeDatabase();
  const url = new URL(database.url);
  const proxy = await tcpProxy({ host: url.hostname, port: Number(url.port) });
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  const logger = collectingLogger();
  const config = { provider: database.provider, url: url.href } as Exclude<
    TestDatabase['config'],
    { provider: 'sqlite' }
  >;
  const host: Database = await database.open({ database: config, logger, now: () => AT });
  const { journal } = host;
  const fences = await host.leases.claim(['agent-1'], leaseHolder(), 600_000);
  const lease = leaseWith('agent-1', fences.get('agent-1'));
  logger.lines.length = 0;
  const admit = async (
    messageId: string,
    parts: Parameters<typeof admission>[1] = {},
  ): Promise<Admission> => {
    const one = admission(messageId, parts);
    expect(await journal.admit(one, lease)).toBe(true);
    return one;
  };
  return { database, proxy, host, journal, lease, logger, admit };
}

describe.each(TESTED_DATABASES.filter(({ provider }) => provider !== 'sqlite'))(
  'while $name cannot be reached',
  ({ isThere, make }) => {
    it.skipIf(!isThere)('everything waits, then all of it is written once, in order', async () => {
      const { database, proxy, journal, lease, logger, admit } = await setUp(make);
      const [waiting, growing, answered] = [await admit('1'), await admit('2'), await admit('3')];
      await proxy.cut();
      const order: string[] = [];
      const asked = (
        [
          ['admit 4', () => journal.admit(admission('4', { begun: true }), lease)],
          ['begin 1', () => journal.begin(waiting.id, lease)],
          ['stream 2', () => journal.stream(growing.id, lease)],
          ['reply 3', () => journal.reply(answered.id, REPLY, lease)],
          ['admit 5', () => journal.admit(admission('5'), lease)],
        ] as const
      ).map(async ([name, ask]) => {
        const result = await ask();
        order.push(name);
        return result;
      });
      await vi.waitFor(() => {
        expect(journal.outage).toEqual({ since: AT, waiting: 5 });
      }, 10_000);
      await expect(journal.ignore(admission('6'), lease)).resolves.toBe(false);
      journal.posted(answered.id, ['7'], lease);
      journal.finish(answered.id, DELIVERED, lease);
      const late = journal.admit(admission('7'), lease).then(() => order.push('admit 7'));
      expect(journal.outage).toEqual({ since: AT, waiting: 8 });
      await journal.flush();
      expect(order).toEqual([]);
      await proxy.restore();
      expect(await Promise.all(asked)).toEqual([true, undefined, undefined, undefined, true]);
      await late;
      expect(order.filter((name) => name.startsWith('admit'))).toEqual(['admit 4', 'admit 5', 'admit 7']);
      expect(order).toHaveLength(6);
      expect(journal.outage).toBeUndefined();
      await journal.flush();
      expect(await database.query(STATES)).toEqual([
        { message_id: '1', state: 'admitted', attempts: '1' },
        { message_id: '2', state: 'streaming', attempts: '0' },
        { message_id: '3', state: 'delivered', attempts: '0' },
        { message_id: '4', state: 'admitted', attempts: '1' },
        { message_id: '5', state: 'admitted', attempts: '0' },
        { message_id: '7', state: 'admitted', attempts: '0' },
      ]);
      // It is said once that it went away, and once that it is back.
      expect(logger.lines.filter(({ text }) => text.includes('reached'))).toMatchObject([
        { level: 'error' },
        { level: 'info' },
      ]);
    });

    it.skipIf(!isThere)('nobody who flushes waits, also who began before that was known', async () => {
      const { proxy, journal, lease, admit } = await setUp(make);
      const one = await admit('1');
      await proxy.cut();
      journal.finish(one.id, DELIVERED, lease);
      await journal.flush();
      expect(journal.outage).toEqual({ since: AT, waiting: 1 });
      await proxy.restore();
      await vi.waitFor(() => {
        expect(journal.outage).toBeUndefined();
      }, 10_000);
      expect(await journal.open('agent-1')).toEqual([]);
    });

    it.skipIf(!isThere)(
      'is over, whoever flushes waits again, though much is still to be written',
      async () => {
        const { proxy, journal, lease } = await setUp(make);
        await proxy.cut();
        let written = 0;
        const [first, ...others] = range(1_000).map(async (id) => {
          await journal.admit(admission(id), lease);
          written += 1;
        });
        await journal.flush();
        expect(journal.outage).toEqual({ since: AT, waiting: 1_000 });
        await proxy.restore();
        await first;
        await turns();
        expect(journal.outage).toBeUndefined();
        expect(written).toBeLessThan(1_000);
        await journal.flush();
        expect(written).toBe(1_000);
        await Promise.all(others);
      },
    );

    it.skipIf(!isThere)('closing tells whoever waits that it is not recorded', async () => {
      const { database, proxy, host, journal, lease, logger, admit } = await setUp(make);
      const one = await admit('1');
      await proxy.cut();
      const asked = [
        journal.admit(admission('2'), lease),
        journal.begin(one.id, lease),
        journal.reply(one.id, REPLY, lease),
      ];
      const told = Promise.allSettled(asked);
      await vi.waitFor(() => {
        expect(journal.outage).toBeDefined();
      }, 10_000);
      journal.finish(one.id, DELIVERED, lease);
      await host.close().catch(() => undefined);
      const notRecorded = { status: 'rejected', reason: expect.any(NotRecordedError) as unknown };
      expect(await told).toMatchObject(asked.map(() => notRecorded));
      await expect(journal.admit(admission('3'), lease)).rejects.toThrow(NotRecordedError);
      expect(logger.lines.at(-1)).toMatchObject({ level: 'error', writes: 4 });
      expect(await database.query(STATES)).toMatchObject([{ message_id: '1', state: 'admitted' }]);
    });

    it.skipIf(!isThere)(
      'again and again, in the middle of much work, nothing is lost or written twice',
      async () => {
        const { database, proxy, journal, lease } = await setUp(make);
        const ids = range(1_500);
        const order: string[] = [];
        const work: Promise<unknown>[] = [];
        for (let from = 0; from < ids.length; from += 300) {
          const part = ids.slice(from, from + 300);
          const lost = proxy.loseAnswerTo('INSERT INTO exchanges');
          work.push(
            ...part.map(async (id) => {
              const one = admission(id);
              expect(await journal.admit(one, lease), `message ${id}`).toBe(true);
              order.push(id);
              journal.finish(one.id, DELIVERED, lease);
            }),
          );
          await lost;
          await proxy.cut();
          await vi.waitFor(() => {
            expect(journal.outage).toBeDefined();
          }, 10_000);
          await proxy.restore();
        }
        await Promise.all(work);
        expect(order).toEqual(ids);
        await journal.flush();
        const rows = await database.query('SELECT state FROM exchanges');
        expect(rows).toEqual(ids.map(() => ({ state: 'delivered' })));
      },
    );

    it.skipIf(!isThere)(
      'what was committed without an answer is found on record: admitted, and once',
      async () => {
        const { database, proxy, journal, lease, admit } = await setUp(make);
        const open = await admit('1');
        const lost = proxy.loseAnswerTo('COMMIT');
        const asked = [
          journal.admit(admission('2', { begun: true }), lease),
          journal.admit(admission('1'), lease),
          journal.ignore(admission('3'), lease),
          journal.reply(open.id, REPLY, lease),
        ];
        await lost;
        // It had been done.
        expect(await database.query(STATES)).toMatchObject([{ state: 'answered' }, {}, { state: 'ignored' }]);
        expect(await Promise.all(asked)).toEqual([true, false, true, undefined]);
        expect(await database.query(STATES)).toEqual([
          { message_id: '1', state: 'answered', attempts: '0' },
          { message_id: '2', state: 'admitted', attempts: '1' },
          { message_id: '3', state: 'ignored', attempts: '0' },
        ]);
      },
    );

    it.skipIf(!isThere)('what was written beside a refused write is not written again', async () => {
      const { database, proxy, journal, lease, logger, admit } = await setUp(make);
      const [begun, refused] = [await admit('1'), await admit('2')];
      await refuseRows(database, 'state', 'failed');
      // All at once, then each by itself: there the third is in the way of the outage.
      const lost = proxy.loseAnswerTo('MARKER', 2);
      journal.finish(refused.id, { state: 'failed' }, lease);
      const asked = [
        journal.flush(),
        journal.begin(begun.id, lease),
        journal.admit(admission('3', { message: { text: 'MARKER' } }), lease),
      ];
      await lost;
      await Promise.all(asked);
      expect(await database.query(STATES)).toEqual([
        { message_id: '1', state: 'admitted', attempts: '1' },
        { message_id: '2', state: 'admitted', attempts: '0' },
        { message_id: '3', state: 'admitted', attempts: '0' },
      ]);
      expect(logger.lines.filter(({ text }) => text.includes('refused'))).toHaveLength(1);
    });
  },
);
