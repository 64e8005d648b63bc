import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { createConnection } from 'mariadb';
import pg from 'pg';
import { afterAll, describe, onTestFinished } from 'vitest';
import type { DatabaseConfig } from '../../src/config/database-url.ts';
import { PrismaClient as MysqlClient } from '../../src/database/generated/mysql/client.ts';
import { PrismaClient as PostgresqlClient } from '../../src/database/generated/postgresql/client.ts';
import { tableNames } from '../../src/database/migration-status.ts';
import { MysqlAdapter } from '../../src/database/mysql-adapter.ts';
import { openClient } from '../../src/database/open-client.ts';
import { openMigrated } from '../../src/database/open-migrated.ts';
import { PostgresqlAdapter } from '../../src/database/postgresql-adapter.ts';
import { serverAddress } from '../../src/database/server-address.ts';
import { silentLogger } from '../../src/observability/logger.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import {
  assembleTestDatabase,
  testDatabase,
  type TestDatabase,
  type TestDatabaseParts,
} from './test-database.ts';

/** Where the servers are, with a user who may make databases. */
export const SERVERS = {
  postgresql: process.env['TROUPE_TEST_POSTGRESQL'] ?? 'postgresql://postgres@127.0.0.1:5432/postgres',
  mysql: process.env['TROUPE_TEST_MYSQL'] ?? 'mysql://root@127.0.0.1:3306/mysql',
} as const;

/** `all`: a server that is not there is a failure, not a reason to skip its tests. */
const DEMANDED = process.env['TROUPE_TEST_DATABASES'] === 'all';

type Server = keyof typeof SERVERS;

/** A database that tests run on. */
export interface TestedDatabase {
  /** For people. */
  readonly name: string;
  readonly provider: DatabaseConfig['provider'];
  /** Whether its tests are to run. */
  readonly isThere: boolean;
  /** Makes an empty one with the tables of this version, or names one that is made with them; gone with the test. */
  readonly make: () => Promise<TestDatabase>;
  /** Names one that is not there yet; gone with the test. */
  readonly makeNew: () => Promise<TestDatabase>;
}

/** Every database that Troupe runs on. */
export const TESTED_DATABASES: readonly TestedDatabase[] = [
  {
    name: 'SQLite',
    provider: 'sqlite',
    isThere: true,
    make: () => testDatabase(),
    makeNew: () => testDatabase(),
  },
  await onServer('PostgreSQL', 'postgresql'),
  await onServer('MySQL', 'mysql'),
];

/** Runs these tests on every database that Troupe runs on; where one is not there, its tests are skipped loudly. */
export function describeOnEachDatabase(
  title: string,
  tests: (
    make: TestedDatabase['make'],
    provider: TestedDatabase['provider'],
    makeNew: TestedDatabase['makeNew'],
  ) => void,
): void {
  for (const { name, provider, isThere: runs, make, makeNew } of TESTED_DATABASES) {
    describe.skipIf(!runs)(`${title}, on ${name}`, () => {
      tests(make, provider, makeNew);
    });
  }
}

async function onServer(name: string, server: Server): Promise<TestedDatabase> {
  return {
    name,
    provider: server,
    isThere: await isThere(server),
    make: () => usedServerDatabase(server),
    makeNew: () => testServerDatabase(server, newName(), { isUsed: false }),
  };
}

async function isThere(server: Server): Promise<boolean> {
  const { host, port } = serverAddress(server, SERVERS[server]);
  const answered = await new Promise<boolean>((resolve) => {
    const socket = connect({ host, port, timeout: 3_000 });
    const tell = (answer: boolean) => () => {
      resolve(answer);
      socket.destroy();
    };
    socket.once('connect', tell(true)).once('timeout', tell(false)).once('error', tell(false));
  });
  if (!answered && !DEMANDED) {
    process.stderr.write(`\nNO ${server.toUpperCase()} at ${host}:${port}: ITS TESTS ARE SKIPPED\n`);
  }
  return answered || DEMANDED;
}

function newName(): string {
  return `troupe_test_${randomBytes(6).toString('hex')}`;
}

/** Databases that were made in this file of tests, with tables and nothing in them: making one takes long. */
const spare: Record<Server, string[]> = { postgresql: [], mysql: [] };
afterAll(async () => {
  for (const server of ['postgresql', 'mysql'] as const) {
    for (const name of spare[server].splice(0)) await drop(server, name);
  }
});

/** A database at a server that has its tables, and nothing in them. */
async function usedServerDatabase(server: Server): Promise<TestDatabase> {
  const name = spare[server].pop();
  if (name !== undefined) return testServerDatabase(server, name, { isUsed: true });
  const made = await testServerDatabase(server, newName(), { isUsed: true });
  await (await openMigrated(made.config, silentLogger)).close();
  return made;
}

async function testServerDatabase(
  server: Server,
  name: string,
  { isUsed }: { readonly isUsed: boolean },
): Promise<TestDatabase> {
  const url = new URL(SERVERS[server]);
  url.pathname = name;
  const { href } = url;
  const directory = await temporaryDirectory();
  const address = { ...serverAddress(server, href), connections: 5 };
  let isChanged = !isUsed;
  onTestFinished(async () => {
    if (isChanged) await drop(server, name);
    else {
      await empty({ provider: server, url: href });
      spare[server].push(name);
    }
  });
  return assembleTestDatabase(directory, {
    url: href,
    config: { provider: server, url: href },
    file: '',
    onQuery: (sql) => {
      isChanged ||= /\b(CREATE|ALTER|DROP|RENAME|_prisma_migrations)\b/i.test(sql);
    },
    raw: () => {
      throw new Error('this database is not SQLite: use query');
    },
    adapter: () => (server === 'postgresql' ? new PostgresqlAdapter(address) : new MysqlAdapter(address)),
    Client: (server === 'postgresql'
      ? PostgresqlClient
      : MysqlClient) as unknown as TestDatabaseParts['Client'],
  });
}

async function empty(config: DatabaseConfig): Promise<void> {
  const { statements, close } = await openClient(config);
  await statements.transaction(async (transaction) => {
    for (const name of await tableNames(transaction)) {
      if (name !== '_prisma_migrations') await transaction.run(`DELETE FROM ${name}`, []);
    }
  });
  await close();
}

/** Also when it is not there, and whoever still uses it. */
async function drop(server: Server, name: string): Promise<void> {
  const { host, port, user, password, database } = serverAddress(server, SERVERS[server]);
  if (server === 'postgresql') {
    const client = new pg.Client({ host, port, user, password, database });
    await client.connect();
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.end();
    return;
  }
  const connection = await createConnection({
    host,
    port,
    user: user ?? 'root',
    ...(password !== undefined && { password }),
    connectTimeout: 5_000,
  });
  await connection.query(`DROP DATABASE IF EXISTS ${name}`);
  await connection.end();
}
