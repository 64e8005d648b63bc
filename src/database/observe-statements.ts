import type { StatementKind, StatementObserver } from '../observability/observers/statement-observer.ts';
import type { DriverAdapter, DriverTransaction } from './driver-adapter.ts';

/** Has every statement on an adapter told: those of Prisma's client, ours, and those of transactions. */
export function observeStatements(adapter: DriverAdapter, tell: StatementObserver): void {
  observeQueries(adapter, tell);
  const begin = adapter.startTransaction.bind(adapter);
  adapter.startTransaction = async (...options) => {
    const transaction = await timed('begin', () => begin(...options), tell);
    observeQueries(transaction, tell);
    for (const end of ['commit', 'rollback'] as const) {
      const run = transaction[end].bind(transaction);
      transaction[end] = () => timed(end, run, tell);
    }
    return transaction;
  };
}

function observeQueries(on: DriverAdapter | DriverTransaction, tell: StatementObserver): void {
  const query = on.queryRaw.bind(on);
  const execute = on.executeRaw.bind(on);
  on.queryRaw = (statement) => timed(kindOf(statement.sql), () => query(statement), tell);
  on.executeRaw = (statement) => timed(kindOf(statement.sql), () => execute(statement), tell);
}

async function timed<Result>(
  kind: StatementKind,
  run: () => Promise<Result>,
  tell: StatementObserver,
): Promise<Result> {
  const began = performance.now();
  try {
    return await run();
  } finally {
    tell(kind, performance.now() - began);
  }
}

const KINDS: Readonly<Record<string, StatementKind>> = {
  SELECT: 'select',
  INSERT: 'insert',
  UPDATE: 'update',
  DELETE: 'delete',
};

/** By its first word; all are six letters long. */
function kindOf(sql: string): StatementKind {
  return KINDS[sql.slice(0, 6).toUpperCase()] ?? 'other';
}
