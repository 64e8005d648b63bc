import { randomBytes } from 'node:crypto';
import { expect, describe, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { DIALECTS } from '../../src/database/dialect.ts';
import { MysqlAdapter } from '../../src/database/mysql-adapter.ts';
import { type OpenClient, openClient } from '../../src/database/open-client.ts';
import { openDatabase } from '../../src/database/open-database.ts';
import { PostgresqlAdapter } from '../../src/database/postgresql-adapter.ts';
import { serverAddress } from '../../src/database/server-address.ts';
import { isUnavailable, Statements } from '../../src/database/statements.ts';
import { ConfigError, messageOf, type TroupeError, UnavailableError } from '../../src/errors.ts';
import { silentLogger } from '../../src/observability/logger.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { openProxy } from '../support/cut-off-proxy.ts';
import { TESTED_DATABASES } from '../support/each-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const AT = new Date('2026-11-21T12:34:56.789Z');
const INSERT = 'INSERT INTO identifies (id, application_id, at) VALUES (?, ?, ?)';

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: unknown) => error,
  );

type Server = 'postgresql' | 'mysql';

/** The same database at another place, or as somebody else. */
function elsewhere(database: TestDatabase, change: (url: URL) => void): TestDatabase['config'] {
  const url = new URL(database.url);
  change(url);
  return loadConfig({ DATABASE_URL: url.href }).database;
}

const open = (config: TestDatabase['config'], logger = silentLogger) =>
  openDatabase({ database: config, secretKey: { key: Buffer.alloc(32, 7), file: '' }, logger });

for (const { name, provider, isThere, make, makeNew } of TESTED_DATABASES) {
  if (provider === 'sqlite') continue;
  describe.skipIf(!isThere)(`a database at a server, ${name}`, () => {
    const server: Server = provider;

    /** A database that is reached by a way that can be cut off. */
    async function setUp() {
      const database = await make();
      const { host, port } = serverAddress(server, database.url);
      const proxy = await openProxy({ host, port });
      const config = elsewhere(database, (url) => {
        url.hostname = '127.0.0.1';
        url.port = String(proxy.port);
      });
      const { client, statements, close } = await openClient(config);
      onTestFinished(close);
      return { database, proxy, client, connection: statements, config };
    }

    /** Somebody who may use this database, and has no rights otherwise; gone with the test. */
    async function makeUser(database: TestDatabase): Promise<string> {
      const user = `troupe_test_${randomBytes(4).toString('hex')}`;
      const { pathname } = new URL(database.url);
      const run = async (postgresql: string, mysql: string) => {
        await database.query(server === 'mysql' ? mysql : postgresql);
      };
      await run(
        `CREATE ROLE ${user} LOGIN PASSWORD 'hunter2'`,
        `CREATE USER '${user}'@'%' IDENTIFIED BY 'hunter2'`,
      );
      onTestFinished(() => run(`DROP OWNED BY ${user}; DROP ROLE ${user}`, `DROP USER '${user}'@'%'`));
      await run(
        `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${user}`,
        `GRANT ALL ON ${pathname.slice(1)}.* TO '${user}'@'%'`,
      );
      return user;
    }

    it('is made by the first start where there is none, which is logged', async () => {
      const database = await makeNew();
      const logger = collectingLogger();
      const first = await database.open({ logger });
      await database.open({ logger });
      expect(logger.lines.filter(({ text }) => text.startsWith('made the database'))).toHaveLength(1);
      await first.settings.set('LOG_LEVEL', 'debug');
    });

    it('is made by nobody who only looks at it', async () => {
      const database = await makeNew();
      for (let time = 0; time < 2; time++) {
        const error = await failureOf(openClient(database.config));
        expect(error).toBeInstanceOf(ConfigError);
        expect((error as ConfigError).remedy).toContain('CREATE DATABASE');
      }
    });

    it('that cannot be reached is said in words, without the password, as what may pass', async () => {
      const database = await make();
      const config = elsewhere(database, (url) => {
        Object.assign(url, { username: 'me', password: 'hunter2', hostname: '127.0.0.1', port: '9' });
      });
      const error = await failureOf(open(config));
      expect(error).toBeInstanceOf(UnavailableError);
      expect((error as UnavailableError).message).toContain('cannot reach');
      expect((error as UnavailableError).message).toContain('127.0.0.1:9');
      expect(messageOf(error) + (error as TroupeError).remedy).not.toContain('hunter2');
    });

    it('that does not let this user in is said in words, without the password', async () => {
      const database = await make();
      const config = elsewhere(database, (url) => {
        Object.assign(url, { username: 'nobody_of_that_name', password: 'hunter2' });
      });
      const error = await failureOf(open(config));
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).message).toContain('does not let the user nobody_of_that_name in');
      expect(messageOf(error) + (error as TroupeError).remedy).not.toContain('hunter2');
    });

    it('that this user has no rights to make is told with the statement that makes it', async () => {
      const database = await make();
      const user = await makeUser(database);
      const config = elsewhere(database, (url) => {
        Object.assign(url, { username: user, password: 'hunter2', pathname: `/${user}` });
      });
      const error = await failureOf(open(config));
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).message).toContain(user);
      expect((error as ConfigError).remedy).toContain('CREATE DATABASE');
      expect(messageOf(error) + (error as TroupeError).remedy).not.toContain('hunter2');
    });

    it('that is gone for a while is told from other failures, and used again when it is back', async () => {
      const { proxy, client, connection } = await setUp();
      await connection.run(INSERT, ['1', '2', AT]);
      await proxy.cut();
      for (let time = 0; time < 20; time++) {
        expect(isUnavailable(await failureOf(connection.run(INSERT, [`no ${time}`, '2', AT])))).toBe(true);
        expect(isUnavailable(await failureOf(connection.transaction(() => Promise.resolve())))).toBe(true);
        expect(isUnavailable(await failureOf(client.identify.count()))).toBe(true);
        expect(isUnavailable(await failureOf(client.$transaction([client.identify.count()])))).toBe(true);
      }
      await proxy.mend();
      await connection.run(INSERT, ['2', '2', AT]);
      expect(await client.identify.count()).toBe(2);
    });

    it('that lets this user in no longer may do so again later: its password is being changed', async () => {
      const database = await make();
      const user = await makeUser(database);
      const { host, port } = serverAddress(server, database.url);
      const proxy = await openProxy({ host, port });
      const config = elsewhere(database, (url) => {
        Object.assign(url, { username: user, password: 'hunter2', hostname: '127.0.0.1', port: proxy.port });
      });
      const { client, statements, close } = await openClient(config);
      onTestFinished(close);
      await statements.run(INSERT, ['1', '2', AT]);
      // PostgreSQL's tests may run at a server that asks for no password.
      const change = (to: 'LOGIN' | 'NOLOGIN', password: string) =>
        database.query(
          server === 'mysql'
            ? `ALTER USER '${user}'@'%' IDENTIFIED BY '${password}'`
            : `ALTER ROLE ${user} ${to}`,
        );
      await change('NOLOGIN', 'hunter3');
      await proxy.cut();
      await proxy.mend();
      // The first may find nothing but its connection lost.
      for (let time = 0; time < 3; time++) {
        expect(isUnavailable(await failureOf(statements.run(INSERT, [`no ${time}`, '2', AT])))).toBe(true);
        expect(isUnavailable(await failureOf(statements.transaction(() => Promise.resolve())))).toBe(true);
        expect(isUnavailable(await failureOf(client.identify.count()))).toBe(true);
      }
      // A start does not wait for it.
      expect(await failureOf(openClient(config))).toBeInstanceOf(ConfigError);
      await change('LOGIN', 'hunter2');
      await statements.run(INSERT, ['2', '2', AT]);
      expect(await client.identify.count()).toBe(2);
    });

    it('that is lost in the middle of a transaction keeps nothing of it, and no connection stays in it', async () => {
      const { database, proxy, client, connection } = await setUp();
      for (let time = 0; time < 10; time++) {
        const lost = connection.transaction(async (transaction) => {
          await transaction.run(INSERT, [`lost ${time}`, '2', AT]);
          await proxy.cut();
        });
        expect(isUnavailable(await failureOf(lost))).toBe(true);
        await proxy.mend();
        const lostToo = client.$transaction(async (transaction) => {
          await transaction.identify.create({ data: { id: `too ${time}`, applicationId: '2', at: AT } });
          await proxy.cut();
          await transaction.identify.count();
        });
        expect(isUnavailable(await failureOf(lostToo))).toBe(true);
        await proxy.mend();
        await connection.run(INSERT, [`kept ${time}`, '2', AT]);
      }
      const rows = await database.query('SELECT id FROM identifies');
      expect(rows.map(({ id }) => id?.split(' ')[0])).toEqual(Array.from({ length: 10 }, () => 'kept'));
    });

    it('gets through more at once than it has connections for', async () => {
      const database = await make();
      const config = elsewhere(database, (url) => {
        url.searchParams.set('connection_limit', '2');
      });
      const { statements, close } = await openClient(config);
      onTestFinished(close);
      const own = {
        postgresql:
          'SELECT pg_sleep(0.05)::text, (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS total',
        mysql:
          'SELECT SLEEP(0.05), (SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE()) AS total',
      }[server];
      const seen = await Promise.all(Array.from({ length: 20 }, () => statements.rows(own, [])));
      expect(Math.max(...seen.map(([row]) => Number(row?.['total'])))).toBe(2);
    });

    it('speaks UTC, whatever the server’s own time zone is', async () => {
      const database = await make();
      const { statements, close } = await openClient(database.config);
      onTestFinished(close);
      const zone = {
        postgresql: "SELECT current_setting('timezone') AS zone",
        mysql: 'SELECT @@time_zone AS zone',
      }[server];
      const [row] = await statements.rows(zone, []);
      expect(['UTC', '+00:00']).toContain(row?.['zone']);
    });

    it.runIf(server === 'postgresql')('keeps its tables in the schema that the address names', async () => {
      const database = await makeNew();
      const config = elsewhere(database, (url) => {
        url.searchParams.set('schema', 'other-place');
      });
      const opened = await open(config);
      await opened.settings.set('LOG_LEVEL', 'debug');
      await opened.identifies.record('1', AT);
      await opened.close();
      expect(await database.query('SELECT value FROM "other-place".settings')).toEqual([{ value: 'debug' }]);
      expect(await database.query('SELECT application_id AS a FROM "other-place".identifies')).toEqual([
        { a: '1' },
      ]);
    });

    const writes = {
      'a statement': ({ statements }: OpenClient, id: string) => statements.run(INSERT, [id, '2', AT]),
      'a transaction': ({ statements }: OpenClient, id: string) =>
        statements.transaction((transaction) => transaction.run(INSERT, [id, '2', AT])),
      'Prisma’s client': ({ client }: OpenClient, id: string) =>
        client.identify.create({ data: { id, applicationId: '2', at: AT } }),
    };

    it.each(Object.keys(writes) as (keyof typeof writes)[])(
      'that can only be read after a fail-over is used again when that is over: %s',
      async (way) => {
        const database = await make();
        // Whoever may do everything may write all the same.
        const user = await makeUser(database);
        const opened = await openClient(
          elsewhere(database, (url) => {
            Object.assign(url, { username: user, password: 'hunter2' });
          }),
        );
        onTestFinished(opened.close);
        const { pathname } = new URL(database.url);
        const readOnly = (on: boolean) =>
          database.query(
            server === 'mysql'
              ? `SET GLOBAL read_only = ${on ? 1 : 0}`
              : `ALTER DATABASE ${pathname.slice(1)} SET default_transaction_read_only = ${on ? 'on' : 'off'}`,
          );
        onTestFinished(async () => {
          await readOnly(false);
        });
        await readOnly(true);
        expect(isUnavailable(await failureOf(writes[way](opened, '1')))).toBe(true);
        await readOnly(false);
        await writes[way](opened, '2');
      },
    );

    it('ends a transaction in which nothing happens, so that nobody waits for it for ever', async () => {
      const database = await make();
      const address = { ...serverAddress(server, database.url), connections: 2 };
      const adapter = server === 'postgresql' ? new PostgresqlAdapter(address) : new MysqlAdapter(address);
      const connection = new Statements(await adapter.connect(), DIALECTS[server]);
      onTestFinished(async () => (await adapter.connect()).dispose());
      const limit = {
        postgresql: "SELECT current_setting('idle_in_transaction_session_timeout') AS seconds",
        mysql: 'SELECT @@idle_transaction_timeout AS seconds',
      }[server];
      const [row] = await connection.rows(limit, []);
      expect(Number.parseInt(row?.['seconds'] ?? '', 10)).toBeGreaterThan(0);
    });
  });
}
