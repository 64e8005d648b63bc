import { modelOf } from './dump-client.ts';
import { columnsOf } from './dump-columns.ts';
import { DIALECTS, type Dialect } from './dialect.ts';
import { DUMP_TABLES } from './dump-tables.ts';
import type { Prisma } from './generated/sqlite/client.ts';

type Transaction = Prisma.TransactionClient;
type Provider = Dialect['provider'];

/** A host whose leases have not run out. */
export interface LiveHost {
  readonly name: string;
  /** How many bots it runs. */
  readonly bots: number;
}

/** What a database holds, counted. */
export interface DatabaseContents {
  /** Rows by table, as far as the tables are there. */
  readonly rows: Readonly<Record<string, number>>;
  /** Exchanges that are not over. */
  readonly openExchanges: number;
  /** Those that are set aside for the operator. */
  readonly deadLetters: number;
  readonly hosts: readonly LiveHost[];
}

/** Counts what a database holds, whatever its version. */
export async function countContents(transaction: Transaction, provider: Provider): Promise<DatabaseContents> {
  const rows: Record<string, number> = {};
  for (const table of DUMP_TABLES) {
    if (await isThere(transaction, provider, table.name)) {
      rows[table.name] = await modelOf(transaction, table).count();
    }
  }
  const hasExchanges = rows['exchanges'] !== undefined;
  const count = async (where: string): Promise<number> =>
    hasExchanges ? countBy(transaction, `SELECT count(*) AS n FROM exchanges WHERE ${where}`) : 0;
  return {
    rows,
    openExchanges: await count("finished_at IS NULL AND state <> 'dead-letter'"),
    deadLetters: await count("state = 'dead-letter'"),
    hosts: await liveHosts(transaction, provider),
  };
}

/** Whether nothing is there that a restore would replace. */
export function isEmpty({ rows }: DatabaseContents): boolean {
  return DUMP_TABLES.every(({ name, policy }) => policy !== 'replaced' || (rows[name] ?? 0) === 0);
}

/** The hosts that run bots from a database, by its own clock. */
export async function liveHosts(transaction: Transaction, provider: Provider): Promise<LiveHost[]> {
  if (!(await isThere(transaction, provider, 'bot_leases'))) return [];
  const rows = await transaction.$queryRawUnsafe<{ host_name: string; bots: bigint | number }[]>(
    `SELECT host_name, count(*) AS bots FROM bot_leases WHERE expires_at > ${DIALECTS[provider].now} GROUP BY host_name ORDER BY host_name`,
  );
  return rows.map(({ host_name: name, bots }) => ({ name, bots: Number(bots) }));
}

async function countBy(transaction: Transaction, sql: string): Promise<number> {
  const [row] = await transaction.$queryRawUnsafe<{ n: bigint | number }[]>(sql);
  return Number(row?.n ?? 0);
}

async function isThere(transaction: Transaction, provider: Provider, table: string): Promise<boolean> {
  return (await columnsOf(transaction, provider, table)).size > 0;
}
