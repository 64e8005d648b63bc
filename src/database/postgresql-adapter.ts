import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { isUnavailable } from './database-errors.ts';
import type { AdapterFactory, DriverTransaction } from './driver-adapter.ts';
import { idleTransactionTimeout, SERVER_TIMEOUTS, type ServerAddress } from './server-address.ts';
import { Sockets } from './sockets.ts';

/**
 * The settings of every session. Times are written without a zone, and read as UTC. The server gives up what this
 * process would wait for in vain, and lets go of what a process that was stopped holds on to.
 */
const SESSION = `SET TIME ZONE 'UTC'; SET standard_conforming_strings = on; SET lock_timeout = ${SERVER_TIMEOUTS.lock}`;

/**
 * Prisma's adapter for PostgreSQL, on one pool of connections for the life of the process.
 *
 * - A connection that failed is never used again, and a new one is made when it is needed: once the server is back,
 *   everything goes on.
 * - Nothing waits for ever: see {@link SERVER_TIMEOUTS}. The time for a statement can be told.
 * - Transactions are READ COMMITTED, PostgreSQL's default. A statement that fails spoils its whole transaction there;
 *   to commit such a one is an error.
 * - What is deleted stays in the files of the server until it cleans up, and in its logs and backups: unlike SQLite's
 *   `secure_delete`.
 */
export class PostgresqlAdapter extends PrismaPg implements AdapterFactory {
  readonly #sockets: Sockets;
  #connected: ReturnType<PrismaPg['connect']> | undefined;

  constructor(address: ServerAddress, statementTimeout: number = SERVER_TIMEOUTS.statement) {
    const sockets = new Sockets();
    super(makePool(address, statementTimeout, sockets), {
      disposeExternalPool: true,
      ...(address.schema !== undefined && { schema: address.schema }),
    });
    this.#sockets = sockets;
  }

  destroy(): void {
    this.#sockets.destroy();
  }

  /** Always the same pool. */
  override connect(): ReturnType<PrismaPg['connect']> {
    this.#connected ??= super.connect().then((adapter) => {
      const begin = adapter.startTransaction.bind(adapter);
      adapter.startTransaction = async (...options) => endingProperly(await begin(...options));
      return adapter;
    });
    return this.#connected;
  }
}

/** How a client of PostgreSQL's driver is configured for this server. */
export function clientConfig(address: ServerAddress): pg.ClientConfig {
  const { host, port, user, password, database, tls } = address;
  return {
    host,
    port,
    user,
    password,
    database,
    ssl: tls ?? false,
    connectionTimeoutMillis: SERVER_TIMEOUTS.connect,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'troupe',
  };
}

function makePool(address: ServerAddress, statementTimeout: number, sockets: Sockets): pg.Pool {
  const config = { ...clientConfig(address), stream: sockets.make };
  const path =
    address.schema === undefined ? '' : `; SET search_path TO ${pg.escapeIdentifier(address.schema)}`;
  const idle = `SET idle_in_transaction_session_timeout = ${idleTransactionTimeout(statementTimeout)}`;
  const prepare = async (client: pg.ClientBase): Promise<void> => {
    await client.query(`${SESSION}; SET statement_timeout = ${statementTimeout}; ${idle}${path}`);
  };
  const options: pg.PoolConfig = {
    ...config,
    // The pool's own limit is for waiting until a connection is free too, which may take longer.
    connectionTimeoutMillis: SERVER_TIMEOUTS.free,
    Client: class extends pg.Client {
      constructor() {
        super({ ...config, query_timeout: statementTimeout });
      }
    },
    max: address.connections,
    idleTimeoutMillis: SERVER_TIMEOUTS.idleConnection,
  };
  // The pool waits for what prepares a connection, though its types do not say so.
  const pool = new pg.Pool(Object.assign(options, { onConnect: prepare }));
  // The driver's own way closes the connection after every error, also where a key was taken.
  pool.query = (async (query: pg.QueryConfig) => {
    const client = await pool.connect();
    const lost = listen(client);
    try {
      const result = await client.query(query);
      release(client, lost.stop());
      return result;
    } catch (error) {
      release(client, lost.stop() ?? (isUnavailable(error) ? (error as Error) : undefined));
      throw error;
    }
  }) as typeof pool.query;
  return pool;
}

/** Without a listener, a connection that is lost ends the process. */
function listen(client: pg.PoolClient): { stop: () => Error | undefined } {
  let lost: Error | undefined;
  const onError = (error: Error): void => {
    lost = error;
  };
  client.on('error', onError);
  return {
    stop: () => {
      client.removeListener('error', onError);
      return lost;
    },
  };
}

function release(client: pg.PoolClient, error: Error | undefined): void {
  if (error === undefined) client.release();
  else client.release(error);
}

/** The transaction with an end of its own, after which its connection is either clean or closed. */
function endingProperly<Transaction extends DriverTransaction>(transaction: Transaction): Transaction {
  const { client } = transaction as unknown as { client: pg.PoolClient };
  const giveBack = transaction.commit.bind(transaction);
  const execute = transaction.executeRaw.bind(transaction);
  const query = transaction.queryRaw.bind(transaction);
  let failed = false;
  let lost: Error | undefined;
  const watch = async <Result>(run: Promise<Result>): Promise<Result> => {
    try {
      return await run;
    } catch (error) {
      failed = true;
      if (isUnavailable(error)) lost = error as Error;
      throw error;
    }
  };
  const say = (sql: string): Promise<number> => watch(execute({ sql, args: [], argTypes: [] }));
  const end = async (sql: string): Promise<void> => {
    try {
      if (lost !== undefined) throw lost;
      await say(sql);
    } catch (error) {
      client.release(true);
      throw error;
    }
    await giveBack();
  };
  return Object.assign(transaction, {
    // Prisma's client is not to end it itself.
    options: { usePhantomQuery: true },
    executeRaw: (...args: Parameters<typeof execute>) => watch(execute(...args)),
    queryRaw: (...args: Parameters<typeof query>) => watch(query(...args)),
    async rollbackToSavepoint(name: string) {
      await execute({ sql: `ROLLBACK TO SAVEPOINT ${name}`, args: [], argTypes: [] });
      failed = lost !== undefined;
    },
    async commit() {
      if (failed && lost === undefined) {
        await end('ROLLBACK');
        throw new Error('the transaction was undone: a statement in it had failed');
      }
      await end('COMMIT');
    },
    rollback: () => end('ROLLBACK'),
  });
}
