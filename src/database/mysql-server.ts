import { type Connection, createConnection } from 'mariadb';
import { connectionConfig } from './mysql-adapter.ts';
import type { ServerAddress } from './server-address.ts';
import { type ServerFailure, serverFailure } from './server-failure.ts';

const MISSING = 1049;
const THERE_ALREADY = 1007;

const FAILURES: Readonly<Record<number, ServerFailure>> = {
  1045: 'not-let-in',
  1698: 'not-let-in',
  1251: 'not-let-in',
  [MISSING]: 'no-database',
  1044: 'no-rights',
  1142: 'no-rights',
};

/**
 * Makes sure that the database is there.
 *
 * @param create - whether it is made where it is not
 * @throws {ConfigError} when it is not there, or not for this user
 * @throws {UnavailableError} when the server cannot be reached
 */
export async function findMysql(
  address: ServerAddress,
  create: boolean,
  onCreated: ((what: string) => void) | undefined,
): Promise<void> {
  try {
    await connected(connectionConfig(address), () => Promise.resolve());
  } catch (error) {
    if (!create || numberOf(error) !== MISSING) throw failureOf(address, error);
    const nowhere = { ...connectionConfig(address) };
    delete nowhere.database;
    try {
      await connected(nowhere, (connection) => connection.query(statementFor(address)));
      onCreated?.(`the database ${address.database}`);
    } catch (cause) {
      // Another process did it at the same time.
      if (numberOf(cause) === THERE_ALREADY) return;
      throw serverFailure('no-database', 'MySQL', address, statementFor(address), cause);
    }
  }
}

function failureOf(address: ServerAddress, error: unknown): Error {
  const failure = FAILURES[numberOf(error) ?? 0] ?? 'unreachable';
  return serverFailure(failure, 'MySQL', address, statementFor(address), error);
}

function statementFor({ database }: ServerAddress): string {
  return `CREATE DATABASE \`${database.replaceAll('`', '``')}\` CHARACTER SET utf8mb4`;
}

async function connected(
  config: Parameters<typeof createConnection>[0],
  work: (connection: Connection) => Promise<unknown>,
): Promise<void> {
  const connection = await createConnection(config);
  connection.on('error', () => undefined);
  try {
    await work(connection);
  } finally {
    await connection.end().catch(() => {
      connection.destroy();
    });
  }
}

function numberOf(error: unknown): number | undefined {
  return error instanceof Error ? ((error as { errno?: number }).errno ?? undefined) : undefined;
}
