import { describe, expect, it, onTestFinished } from 'vitest';
import { SERVERS, TESTED_DATABASES } from '../support/each-database.ts';
import type { Message } from '../support/discord/message.ts';
import { startStandInLlm } from '../support/llm/stand-in-llm.ts';
import { ownPostgresql, postgresqlPrograms } from '../support/own-postgresql.ts';
import { setStage } from '../support/run-host.ts';
import { llmEnvironment } from '../support/run-llm-host.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import { serverAddress } from '../../src/database/server-address.ts';

const SPOOL = 10;
/** Short: the outage is longer than a lease lasts. */
const LEASES = { ttl: 1_500, margin: 500, renewInterval: 300, retryInterval: 100, lookInterval: 300 };
const NOTICE = /cannot take in anything more/;

/** A database that can be taken away. */
interface Breakable {
  readonly url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

const programs = await postgresqlPrograms();
if (programs === undefined) process.stderr.write('\nNO initdb: NO POSTGRESQL IS STOPPED AND STARTED\n');

/** A server on this machine behind a way that is cut. */
async function behindProxy(server: keyof typeof SERVERS): Promise<Breakable> {
  const database = TESTED_DATABASES.find(({ provider }) => provider === server);
  if (database === undefined) throw new Error(`no ${server}`);
  const { host, port } = serverAddress(server, SERVERS[server]);
  const proxy = await tcpProxy({ host, port });
  const url = new URL((await database.make()).url);
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  return { url: url.href, stop: () => proxy.cut(), start: () => proxy.restore() };
}

const isThere = (server: keyof typeof SERVERS): boolean =>
  TESTED_DATABASES.some((database) => database.provider === server && database.isThere);

describe.each([
  {
    name: 'a PostgreSQL that is stopped and started',
    runs: programs !== undefined,
    make: () => ownPostgresql(programs ?? ''),
  },
  {
    name: 'a PostgreSQL that cannot be reached for a while',
    runs: isThere('postgresql'),
    make: () => behindProxy('postgresql'),
  },
  {
    name: 'a MySQL that cannot be reached for a while',
    runs: isThere('mysql'),
    make: () => behindProxy('mysql'),
  },
])('under traffic, $name', ({ runs, make }) => {
  it.skipIf(!runs)(
    'costs no message that was taken up; whoever is refused is told; bots stay connected; readiness says so',
    { timeout: 120_000 },
    async () => {
      const database: Breakable = await make();
      const llm = await startStandInLlm();
      onTestFinished(() => llm.stop());
      llm.reply(() => ({
        text: 'a long tale that takes its time '.repeat(4).trim(),
        latency: { betweenTokensMs: 20 },
      }));
      const stage = await setStage({}, { ...llmEnvironment(llm), DATABASE_URL: database.url });
      const { discord } = stage;
      const guild = discord.addGuild({ name: 'Green Room' });
      const general = guild.addTextChannel('general');
      const users = Array.from({ length: 30 }, (_, n) => discord.addUser({ username: `user-${n}` }));
      const echo = discord.addBot({ username: 'echo', guilds: [guild] });
      const model = discord.addBot({ username: 'model', guilds: [guild] });
      await stage.addAgent({ name: 'echo', token: echo.token });
      await stage.addAgent({ name: 'model', type: 'llm', token: model.token, config: { model: 'gpt-4o' } });
      const host = await stage.start({ spool: SPOOL, leases: LEASES });
      await Promise.all([echo.ready(), model.ready()]);
      const ask = (n: number, bot: typeof echo): Message => {
        const user = users[n % users.length];
        if (user === undefined) throw new Error('no user');
        return user.say(general, `${bot.mention} message ${n}`);
      };
      const readiness = async () => {
        const response = await fetch(`${String(host.healthUrl)}/readiness`);
        return {
          status: response.status,
          ...((await response.json()) as { message: string; waiting: number }),
        };
      };
      expect((await readiness()).status).toBe(200);

      // In the middle of what they say, and of what they are asked.
      const growing = ask(0, model);
      await model.reply(growing, 20_000);
      const before = [1, 2, 3].map((n) => ask(n, echo));
      await database.stop();
      const during = Array.from({ length: SPOOL }, (_, n) => ask(4 + n, echo));
      await expect.poll(readiness, { timeout: 30_000 }).toMatchObject({ status: 503 });
      await expect.poll(async () => (await readiness()).waiting, { timeout: 30_000 }).toBeGreaterThan(0);
      const refused = Array.from({ length: 5 }, (_, n) => ask(20 + n, echo));
      for (const message of refused) {
        expect((await echo.reply(message, 30_000)).content).toMatch(NOTICE);
      }
      // Longer than the leases last: they are proved anew before anything more is posted.
      const lasted = async (): Promise<number> => {
        const { message } = await readiness();
        return Date.now() - Date.parse(/since (\S+?)(;|$)/.exec(message)?.[1] ?? '');
      };
      await expect.poll(lasted, { timeout: 30_000 }).toBeGreaterThan(LEASES.ttl);
      expect([echo.connected, model.connected]).toEqual([1, 1]);

      await database.start();
      for (const message of [...before, ...during]) {
        const reply = await echo.reply(message, 60_000);
        // The first of those that came during the outage may have filled the spool, the last may not fit.
        if (!reply.content.includes('cannot take in anything more'))
          expect(reply.content).toBe(message.content.replace(`${echo.mention} `, ''));
      }
      await discord.until(
        () => (model.sent[0]?.content ?? '').endsWith('time'),
        'the tale to be told to its end',
        60_000,
      );
      await expect.poll(readiness, { timeout: 30_000 }).toMatchObject({ status: 200, message: 'OK' });
      for (const message of [...before, ...during, ...refused]) {
        expect(message.repliesOf(echo), message.content).toHaveLength(1);
      }
      expect(growing.repliesOf(model)).toHaveLength(1);
      expect([echo.identifies, model.identifies]).toEqual([1, 1]);
      // And all is well afterwards.
      expect((await echo.reply(ask(29, echo), 20_000)).content).toBe('message 29');
    },
  );
});
