import pg from 'pg';
import { ConfigError, TroupeError } from '../errors.ts';
import { clientConfig } from './postgresql-adapter.ts';
import type { ServerAddress } from './server-address.ts';
import { type ServerFailure, serverFailure } from './server-failure.ts';

/** Every PostgreSQL server has it. */
const ALWAYS_THERE = 'postgres';

const MISSING = '3D000';

/** SQLSTATEs of what others did meanwhile: the database is there, by its name or in the catalogue. */
const THERE_ALREADY: ReadonlySet<unknown> = new Set(['42P04', '23505']);

const FAILURES: Readonly<Record<string, ServerFailure>> = {
  '28P01': 'not-let-in',
  '28000': 'not-let-in',
  [MISSING]: 'no-database',
  '42501': 'no-rights',
};

/**
 * Makes sure that the database is there, and can keep every text.
 *
 * @param create - whether it is made where it is not, with its schema
 * @throws {ConfigError} when it is not there, or not for this user, or not in UTF-8
 * @throws {UnavailableError} when the server cannot be reached
 */
export async function findPostgresql(
  address: ServerAddress,
  create: boolean,
  onCreated: ((what: string) => void) | undefined,
): Promise<void> {
  try {
    await check(address, create).catch(async (error: unknown) => {
      if (!create || codeOf(error) !== MISSING) throw error;
      if (await make(address)) onCreated?.(`the database ${address.database}`);
      await check(address, create);
    });
  } catch (error) {
    if (error instanceof TroupeError) throw error;
    const failure = FAILURES[String(codeOf(error))] ?? 'unreachable';
    throw serverFailure(failure, 'PostgreSQL', address, statementFor(address), error);
  }
}

async function check(address: ServerAddress, create: boolean): Promise<void> {
  await connected(address, async (client) => {
    const { rows } = await client.query<{ server_encoding: string }>('SHOW server_encoding');
    const encoding = rows[0]?.server_encoding;
    if (encoding !== 'UTF8') {
      throw new ConfigError(
        `DATABASE_URL: the database ${address.database} keeps text as ${encoding ?? 'something'}, not as UTF8`,
        { remedy: `Make another: ${statementFor(address)}` },
      );
    }
    if (create && address.schema !== undefined) {
      await client.query(`CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(address.schema)}`);
    }
  });
}

/** Whether it was made here: another process may do the same at the same time. */
async function make(address: ServerAddress): Promise<boolean> {
  try {
    await connected({ ...address, database: ALWAYS_THERE }, (client) => client.query(statementFor(address)));
    return true;
  } catch (error) {
    if (THERE_ALREADY.has(codeOf(error))) return false;
    throw serverFailure('no-database', 'PostgreSQL', address, statementFor(address), error);
  }
}

function statementFor({ database }: ServerAddress): string {
  return `CREATE DATABASE ${pg.escapeIdentifier(database)} TEMPLATE template0 ENCODING 'UTF8'`;
}

async function connected(
  address: ServerAddress,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({ ...clientConfig(address), query_timeout: 30_000 });
  // What ends the connection fails the statement, too.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error as { code?: unknown }).code : undefined;
}
