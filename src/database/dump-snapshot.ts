import type { DatabaseConfig } from '../config/database-url.ts';
import { InputError, TroupeError } from '../errors.ts';
import { modelOf, openSnapshotClient, UNHURRIED, withoutTimeouts } from './dump-client.ts';
import { columnsOf } from './dump-columns.ts';
import { identityOf } from './dump-identity.ts';
import { readTable } from './dump-reader.ts';
import { DUMP_TABLES } from './dump-tables.ts';
import { telling } from './dump-trouble.ts';
import { dumpRow } from './dump-values.ts';
import type { Dump, DumpBatch, DumpedTable, DumpHeader } from './dump.ts';
import type { Prisma } from './generated/sqlite/client.ts';
import { migrationStatus, type MigrationStatus } from './migration-status.ts';

type Transaction = Prisma.TransactionClient;

/** A database as it is at one moment. */
export interface Reading {
  readonly transaction: Transaction;
  /** Read just before. */
  readonly migrations: MigrationStatus;
}

/**
 * Shows a database as it is at one moment, also while a host writes to it, which does not wait for this.
 *
 * @param work - reads the dump; it is gone afterwards
 * @throws {InputError} when there is nothing of Troupe in it, or a newer version made it
 */
export function withSnapshot<Result>(
  database: DatabaseConfig,
  work: (dump: Dump) => Promise<Result>,
): Promise<Result> {
  const { provider } = database;
  return reading(database, async ({ transaction, migrations }) => {
    const migration = newestOf(migrations);
    const tables = await tablesOf(transaction, provider);
    const header = { created: new Date(), provider, database: identityOf(database).id, migration, tables };
    return work({ header, batches: () => readBatches(transaction, header) });
  });
}

/** Reads a database as it is at one moment; it has to be there. */
export function reading<Result>(
  database: DatabaseConfig,
  read: (reading: Reading) => Promise<Result>,
): Promise<Result> {
  const { provider } = database;
  return telling(database, async () => {
    const opened = await openSnapshotClient(database);
    const { client, statements } = opened;
    try {
      const migrations = await migrationStatus(statements);
      return await client.$transaction(
        async (transaction) => {
          if (provider === 'postgresql') await transaction.$executeRawUnsafe('SET TRANSACTION READ ONLY');
          await withoutTimeouts(transaction, provider);
          return read({ transaction, migrations });
        },
        // The types are SQLite's, which has but one.
        { ...UNHURRIED, ...(provider === 'sqlite' ? {} : { isolationLevel: 'RepeatableRead' as never }) },
      );
    } finally {
      await opened.close();
    }
  });
}

async function tablesOf(
  transaction: Transaction,
  provider: DatabaseConfig['provider'],
): Promise<DumpedTable[]> {
  const tables: DumpedTable[] = [];
  for (const table of DUMP_TABLES) {
    const there = await columnsOf(transaction, provider, table.name);
    const columns = Object.keys(table.columns).filter((column) => there.has(column));
    // A version from before it had no such table.
    if (columns.length === 0) continue;
    tables.push({ name: table.name, columns, rows: await modelOf(transaction, table).count() });
  }
  return tables;
}

/** @throws {InputError} */
function newestOf({ applied, unknown, unfinished }: MigrationStatus): string {
  const [stranger] = unknown;
  if (stranger !== undefined) {
    throw new InputError(`the database has a migration that this version does not know: ${stranger}`, {
      remedy: 'Run the newer version of Troupe that made it: this one would leave things out.',
    });
  }
  const [begun] = unfinished;
  if (begun !== undefined) {
    throw new InputError(`the database migration ${begun} was begun and not finished`, {
      remedy: 'npm run db -- status says what to do.',
    });
  }
  const newest = applied.at(-1);
  if (newest !== undefined) return newest;
  throw new InputError('the database holds nothing of Troupe', {
    remedy: 'Check DATABASE_URL; npm run db -- status shows which database it names.',
  });
}

async function* readBatches(transaction: Transaction, { tables }: DumpHeader): AsyncGenerator<DumpBatch> {
  for (const { name, columns, rows } of tables) {
    const table = DUMP_TABLES.find((one) => one.name === name);
    if (table === undefined) continue;
    let read = 0;
    for await (const batch of readTable(modelOf(transaction, table), table, columns)) {
      read += batch.length;
      yield { table, rows: batch.map((row) => dumpRow(columns, row)) };
    }
    if (read !== rows) {
      throw new TroupeError(`${read} of ${rows} rows of ${name} were read`, {
        remedy: 'The database may be damaged: npm run doctor checks it.',
      });
    }
  }
}
