import type { Dialect } from './dialect.ts';
import type { Prisma, PrismaClient } from './generated/sqlite/client.ts';
import { untilNoConflict } from './statements.ts';

/**
 * Runs a transaction in which nobody else writes to the agents table, and which sees everything that others wrote
 * there before. Tried again when others are in its way.
 *
 * @param patience - how long to wait for a connection, and how long it may take, in milliseconds
 * @param work - may be called several times
 */
export function withAgentsLocked<Result>(
  client: PrismaClient,
  provider: Dialect['provider'],
  patience: { readonly maxWait: number; readonly timeout: number },
  work: (transaction: Prisma.TransactionClient) => Promise<Result>,
): Promise<Result> {
  return untilNoConflict(() =>
    client.$transaction(async (transaction) => {
      await lockAgents(transaction, provider);
      return work(transaction);
    }, patience),
  );
}

/** Waits until nobody else writes to the agents table, and keeps others from it until the transaction ends. */
async function lockAgents(
  transaction: Prisma.TransactionClient,
  provider: Dialect['provider'],
): Promise<void> {
  switch (provider) {
    // Whoever is in a transaction is alone there.
    case 'sqlite':
      return;
    case 'postgresql':
      await transaction.$executeRawUnsafe('LOCK TABLE agents IN SHARE ROW EXCLUSIVE MODE');
      return;
    case 'mysql':
      // MySQL locks tables outside of transactions alone. These rows are always there, and those of agents keep off
      // whoever changes one past this function.
      await transaction.$queryRawUnsafe('SELECT id FROM _prisma_migrations FOR UPDATE');
      await transaction.$queryRawUnsafe('SELECT id FROM agents FORCE INDEX (PRIMARY) FOR UPDATE');
  }
}
