import { stat } from 'node:fs/promises';
import type { Client, Config, Transaction } from '@libsql/client';
import type { DatabaseConfig } from '../config/database-url.ts';
import { UnavailableError } from '../errors.ts';
import { DIALECTS } from './dialect.ts';
import type { DumpTable } from './dump-tables.ts';
import { Prisma, PrismaClient } from './generated/sqlite/client.ts';
import { type OpenClient, openClient } from './open-client.ts';
import { SqliteAdapter } from './sqlite-adapter.ts';
import { Statements } from './statements.ts';

/** How long one statement may take at a server, in milliseconds: tables may be large. */
const PATIENCE = 3_600_000;

/** A transaction that may take as long as it likes, in milliseconds: timers count no further. */
export const UNHURRIED = { maxWait: 30_000, timeout: 2 ** 31 - 1 } as const;

/** As much of Prisma's client as is the same for every model. */
export interface ModelClient {
  findMany(query: object): Promise<Record<string, unknown>[]>;
  findFirst(query: object): Promise<Record<string, unknown> | null>;
  createMany(query: { data: readonly object[] }): Promise<{ count: number }>;
  deleteMany(query: { where?: object }): Promise<{ count: number }>;
  count(): Promise<number>;
}

/** What Prisma's client takes for a Json column without a value. */
export const DB_NULL: unknown = Prisma.DbNull;

/** The model of a table, whichever it is. */
export function modelOf(transaction: Prisma.TransactionClient, { name, model }: DumpTable): ModelClient {
  const found = (transaction as unknown as Partial<Record<string, ModelClient>>)[model];
  if (found === undefined) throw new Error(`there is no model ${model} for the table ${name}`);
  return found;
}

/**
 * Opens a database for reading: all that a transaction reads is of one moment, and nobody who writes waits for it.
 * Servers need an isolation level for that.
 *
 * @throws {TroupeError} when it is not there, or cannot be used
 */
export async function openSnapshotClient(database: DatabaseConfig): Promise<OpenClient> {
  if (database.provider !== 'sqlite') return openClient(database, { statementTimeout: PATIENCE });
  const { file } = database;
  try {
    // SQLite would make it.
    await stat(file);
    const adapter = new SnapshotAdapter(file);
    const statements = new Statements(await adapter.connect(), DIALECTS.sqlite);
    const client = new PrismaClient({ adapter });
    return {
      client,
      statements,
      close: () => client.$connect().then(() => client.$disconnect()),
      destroy: () => {
        adapter.destroy();
      },
    };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new UnavailableError(`there is no database at ${file}`, {
        remedy:
          'Check DATABASE_URL. The first start of the host makes it, and so does npm run db -- migrate.',
      });
    }
    throw new UnavailableError(`cannot open the database ${file}`, { cause });
  }
}

/** Opens a database for a transaction that writes much. Its schema has to be up to date. */
export function openWritingClient(database: DatabaseConfig): Promise<OpenClient> {
  return openClient(database, { statementTimeout: PATIENCE });
}

/** Lets this transaction take as long as it likes: elsewhere one in which nothing happens for a while is ended. */
export async function withoutTimeouts(
  transaction: Prisma.TransactionClient,
  provider: DatabaseConfig['provider'],
): Promise<void> {
  if (provider === 'sqlite') return;
  const version = await transaction.$queryRawUnsafe<{ version: string }[]>('SELECT version() AS version');
  const isMariaDb = /mariadb/i.test(version[0]?.version ?? '');
  const settings = isMariaDb ? NO_TIMEOUTS.mariadb : NO_TIMEOUTS[provider];
  for (const setting of settings) await transaction.$executeRawUnsafe(setting);
}

const NO_TIMEOUTS = {
  postgresql: ['SET LOCAL idle_in_transaction_session_timeout = 0'],
  mysql: ['SET SESSION wait_timeout = 86400'],
  mariadb: ['SET SESSION wait_timeout = 86400', 'SET SESSION idle_transaction_timeout = 0'],
} as const;

/** In WAL mode a transaction shows the file as it was when it first read. */
class SnapshotAdapter extends SqliteAdapter {
  override createClient(config: Config): Client {
    const client = super.createClient(config);
    const run = async (sql: string): Promise<void> => {
      await client.execute(sql);
    };
    const transaction = async (): Promise<Transaction> => {
      await run('BEGIN DEFERRED');
      return {
        execute: client.execute.bind(client),
        commit: () => run('COMMIT'),
        rollback: () => run('ROLLBACK'),
      } as unknown as Transaction;
    };
    return Object.assign(client, { transaction });
  }
}
