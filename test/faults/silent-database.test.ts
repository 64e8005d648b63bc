import { describe, expect, it } from 'vitest';
import { serverAddress } from '../../src/database/server-address.ts';
import { SERVERS, TESTED_DATABASES } from '../support/each-database.ts';
import { setStage } from '../support/run-host.ts';
import { type RunningProcess, runProcess } from '../support/run-process.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

/** Above what a stop may take, and below the time after which a statement is given up. */
const PATIENCE = 45_000;

/** A host that is to start on a database at a server, and the way between them. */
async function setServerStage(server: keyof typeof SERVERS) {
  const database = TESTED_DATABASES.find(({ provider }) => provider === server);
  if (database === undefined) throw new Error(`no ${server}`);
  const made = await database.make();
  const { host, port } = serverAddress(server, SERVERS[server]);
  const proxy = await tcpProxy({ host, port });
  const url = new URL(made.url);
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  const stage = await setStage({}, { DATABASE_URL: made.url });
  const start = (imports: readonly string[] = []): RunningProcess =>
    runProcess('src/main.ts', { ...stage.env, DATABASE_URL: url.href, SHUTDOWN_TIMEOUT: '0' }, [], imports);
  return { ...stage, proxy, start };
}

describe.each(TESTED_DATABASES.filter(({ provider }) => provider !== 'sqlite'))(
  'while $name is silent',
  ({ provider, isThere }) => {
    const server = provider === 'sqlite' ? 'postgresql' : provider;

    it.skipIf(!isThere)(
      'a host ends in time at SIGTERM, and closes its gateways in order',
      async () => {
        const stage = await setServerStage(server);
        const { proxy, start } = stage;
        const bot = stage.discord.addBot({ username: 'parrot' });
        await stage.addAgent({ name: 'parrot', token: bot.token });
        const host = start();
        await bot.ready();
        await host.until(/the host is running/);
        await proxy.swallow();
        host.child.kill('SIGTERM');
        expect(await host.ended).toBe(0);
        expect(host.output()).toContain('the database is let go of');
        expect(host.output()).toContain('the host has stopped');
        expect(bot.connected).toBe(0);
      },
      PATIENCE,
    );

    it.skipIf(!isThere)(
      'a host that cannot keep its promises ends in time, too, with the exit code that says so',
      async () => {
        const { proxy, start } = await setServerStage(server);
        const host = start(['./test/support/uncaught-errors.ts']);
        await host.until(/the host is running/);
        await proxy.swallow();
        // A storm of errors that nobody takes care of.
        host.child.kill('SIGHUP');
        expect(await host.ended).toBe(70);
        expect(host.output()).toContain('the database is let go of');
      },
      PATIENCE,
    );

    it.skipIf(!isThere)(
      'a host that waits for it at its start ends in time at SIGTERM',
      async () => {
        const { proxy, start } = await setServerStage(server);
        const silent = proxy.swallow('FROM settings');
        const host = start();
        await silent;
        host.child.kill('SIGTERM');
        expect(await host.ended).toBe(0);
        expect(host.output()).toContain('ends before it has started');
      },
      PATIENCE,
    );
  },
);
