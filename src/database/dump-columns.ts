import type { Dialect } from './dialect.ts';
import type { Prisma } from './generated/sqlite/client.ts';

type Provider = Dialect['provider'];

const COLUMNS: Record<Provider, (table: string) => string> = {
  sqlite: (table) => `SELECT name FROM pragma_table_info('${table}')`,
  postgresql: (table) =>
    `SELECT column_name::text AS name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '${table}'`,
  mysql: (table) =>
    `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '${table}'`,
};

/** The columns that a table has by now; none where it is not there. */
export async function columnsOf(
  transaction: Prisma.TransactionClient,
  provider: Provider,
  table: string,
): Promise<ReadonlySet<string>> {
  const rows = await transaction.$queryRawUnsafe<{ name: string }[]>(COLUMNS[provider](table));
  return new Set(rows.map(({ name }) => name));
}
