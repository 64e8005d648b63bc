import { type Connection, createConnection } from 'mariadb';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { connectionConfig } from '../../src/database/mysql-adapter.ts';
import { MysqlPool } from '../../src/database/mysql-pool.ts';
import { SERVER_TIMEOUTS, serverAddress } from '../../src/database/server-address.ts';
import { TESTED_DATABASES } from '../support/each-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

/** A pool of one connection, at a server that lets nobody in while `slow` is a promise. */
async function setUp(make: () => Promise<TestDatabase>) {
  const config = connectionConfig(serverAddress('mysql', (await make()).url));
  const gate: { slow: Promise<undefined> | undefined } = { slow: undefined };
  let last: Connection | undefined;
  const open = async (): Promise<Connection> => {
    await gate.slow;
    last = await createConnection(config);
    return last;
  };
  const pool = new MysqlPool(open, 1).forPrisma;
  onTestFinished(() => pool.end());
  /** Takes the only connection, to be found broken when it is given back. */
  const takeBroken = async () => {
    const taken = await pool.getConnection();
    last?.destroy();
    return taken;
  };
  return { pool, gate, takeBroken };
}

describe.each(TESTED_DATABASES.filter(({ provider }) => provider === 'mysql'))(
  'the connections to $name',
  ({ isThere, make }) => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it.skipIf(!isThere)('are given to whoever they are made for, however long that takes', async () => {
      const { pool, gate, takeBroken } = await setUp(make);
      const broken = await takeBroken();
      const second = pool.getConnection();
      const server = Promise.withResolvers<undefined>();
      gate.slow = server.promise;
      await broken.release();
      // Longer than anybody waits for a connection that another one uses.
      await vi.advanceTimersByTimeAsync(SERVER_TIMEOUTS.free + 1);
      server.resolve(undefined);
      await (await second).release();
      expect(await pool.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });

    it.skipIf(!isThere)('go round, though one was slow to be made: nobody is forgotten', async () => {
      const { pool, gate, takeBroken } = await setUp(make);
      const broken = await takeBroken();
      const second = pool.getConnection();
      await vi.advanceTimersByTimeAsync(SERVER_TIMEOUTS.free / 2);
      const third = pool.getConnection();
      const server = Promise.withResolvers<undefined>();
      gate.slow = server.promise;
      await broken.release();
      await vi.advanceTimersByTimeAsync(SERVER_TIMEOUTS.free / 2 + 1);
      server.resolve(undefined);
      await (await second).release();
      await (await third).release();
    });

    it.skipIf(!isThere)('are not waited for for ever while others use them', async () => {
      const { pool } = await setUp(make);
      const first = await pool.getConnection();
      const second = expect(pool.getConnection()).rejects.toThrow('no connection was free for too long');
      await vi.advanceTimersByTimeAsync(SERVER_TIMEOUTS.free);
      await second;
      await first.release();
      await (await pool.getConnection()).release();
    });
  },
);
