import { expect, it, onTestFinished } from 'vitest';
import type { DatabaseConfig } from '../../src/config/database-url.ts';
import { isUnavailable } from '../../src/database/database-errors.ts';
import { openClient } from '../../src/database/open-client.ts';
import { openMigrated } from '../../src/database/open-migrated.ts';
import { serverAddress } from '../../src/database/server-address.ts';
import { silentLogger } from '../../src/observability/logger.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

const WRITE = 'DELETE FROM settings';

/** A way to a database on which nothing gets done from some time on. */
interface Stalling {
  readonly config: DatabaseConfig;
  begin(): Promise<void>;
}

/** Another process writes, and does not end. */
async function busyFile(config: DatabaseConfig): Promise<Stalling> {
  const other = await openMigrated(config, silentLogger);
  const begun = Promise.withResolvers<undefined>();
  const held = Promise.withResolvers<undefined>();
  return {
    config,
    begin() {
      const holding = other.statements.transaction(async (transaction) => {
        await transaction.run(WRITE, []);
        begun.resolve(undefined);
        await held.promise;
      });
      onTestFinished(async () => {
        held.resolve(undefined);
        await holding;
        await other.close();
      });
      return begun.promise;
    },
  };
}

/** The server is silent; who comes second waits for the only connection. */
async function silentServer(provider: 'postgresql' | 'mysql', address: string): Promise<Stalling> {
  const { host, port } = serverAddress(provider, address);
  const proxy = await tcpProxy({ host, port });
  const url = new URL(address);
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  url.searchParams.set('connection_limit', '1');
  return { config: { provider, url: url.href }, begin: () => proxy.swallow() };
}

/** Below the time after which each would be given up by itself, in milliseconds. */
const PATIENCE = 9_000;

describeOnEachDatabase('a database that is let go of', (make) => {
  it(
    'has what waits for it fail at once, and what comes later, as in an outage; then it can be closed',
    { timeout: PATIENCE },
    async () => {
      const { config } = await make();
      const stalling =
        config.provider === 'sqlite'
          ? await busyFile(config)
          : await silentServer(config.provider, config.url);
      const { client, statements, close, destroy } = await openClient(stalling.config);
      const outcome = (work: Promise<unknown>) => work.then(() => 'done', isUnavailable);
      await statements.rows('SELECT 1 AS one', []);
      await stalling.begin();
      const waiting = [
        statements.run(WRITE, []),
        statements.transaction((transaction) => transaction.run(WRITE, [])),
        client.setting.deleteMany(),
      ].map(outcome);
      // They are on their way by then.
      await new Promise((resolve) => setImmediate(resolve));
      destroy();
      expect(await Promise.all(waiting)).toEqual([true, true, true]);
      expect(await outcome(statements.run(WRITE, []))).toBe(true);
      await close();
    },
  );
});
