import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { type Connection, type ConnectionConfig, createConnection } from 'mariadb';
import type { AdapterFactory } from './driver-adapter.ts';
import { MysqlPool } from './mysql-pool.ts';
import { idleTransactionTimeout, SERVER_TIMEOUTS, type ServerAddress } from './server-address.ts';
import { Sockets } from './sockets.ts';

/** What MySQL must refuse, whatever the server's own settings are, in place of storing something else. */
const STRICT =
  'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

/**
 * The settings of every session. With MySQL's own isolation a transaction would go on seeing what was there when it
 * began, such as a lease that was taken since.
 */
const SESSION = [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  `SET time_zone = '+00:00', sql_mode = '${STRICT}', innodb_lock_wait_timeout = ${SERVER_TIMEOUTS.lock / 1_000}`,
];

/** Statements kept prepared on each connection. */
const PREPARED = 100;

/**
 * Prisma's adapter for MySQL and MariaDB, on one pool of connections for the life of the process.
 *
 * - A connection that failed is never used again, and a new one is made when it is needed: once the server is back,
 *   everything goes on.
 * - Nothing waits for ever: see {@link SERVER_TIMEOUTS}. The time for a statement can be told.
 * - Transactions are READ COMMITTED. Changing the schema ends one.
 * - What is deleted stays in the files of the server until it cleans up, and in its logs and backups: unlike SQLite's
 *   `secure_delete`.
 */
export class MysqlAdapter extends PrismaMariaDb implements AdapterFactory {
  readonly #sockets: Sockets;
  #connected: ReturnType<PrismaMariaDb['connect']> | undefined;

  constructor(address: ServerAddress, statementTimeout: number = SERVER_TIMEOUTS.statement) {
    const sockets = new Sockets();
    const idle = idleTransactionTimeout(statementTimeout) / 1_000;
    const open = async (): Promise<Connection> => {
      const connection = await createConnection({
        ...connectionConfig(address),
        socketTimeout: statementTimeout,
        stream: () => sockets.make().connect(address.port, address.host),
      });
      // MySQL has nothing but a limit for every connection that is idle; those that nobody uses the pool closes before.
      const limit = connection.info?.isMariaDB() ? 'idle_transaction_timeout' : 'wait_timeout';
      await connection.query(`SET ${limit} = ${limit === 'wait_timeout' ? idle * 2 : idle}`);
      return connection;
    };
    const pool = new MysqlPool(open, address.connections);
    super(pool.forPrisma, { disposeExternalPool: true, database: address.database });
    this.#sockets = sockets;
  }

  destroy(): void {
    this.#sockets.destroy();
  }

  /** Always the same pool. */
  override connect(): ReturnType<PrismaMariaDb['connect']> {
    this.#connected ??= super.connect();
    return this.#connected;
  }
}

/** How a connection of MariaDB's driver is configured for this server. */
export function connectionConfig(address: ServerAddress): ConnectionConfig {
  const { host, port, user, password, database, tls } = address;
  return {
    host,
    port,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    database,
    ...(tls !== undefined && { ssl: tls as NonNullable<ConnectionConfig['ssl']> }),
    // Where there is no TLS, MySQL's usual way to check a password needs the server's key.
    allowPublicKeyRetrieval: true,
    connectTimeout: SERVER_TIMEOUTS.connect,
    keepAliveDelay: 10_000,
    prepareCacheLength: PREPARED,
    initSql: SESSION,
    // What users wrote is not to stand in an error.
    logParam: false,
    // Rows that were found count as changed, as elsewhere, also where they were like that before.
    foundRows: true,
  };
}
