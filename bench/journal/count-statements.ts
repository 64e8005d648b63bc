import type { Statements, TransactionStatements } from '../../src/database/statements.ts';

/** What went to the database. */
export interface StatementCounts {
  /** Transactions that were begun, also those that were tried again. */
  transactions: number;
  /** Statements, without the begin and the end of transactions. */
  statements: number;
}

/** Counts from now on what goes to the database by these statements. */
export function countStatements(statements: Statements): StatementCounts {
  const counts: StatementCounts = { transactions: 0, statements: 0 };
  const transact = statements.transaction.bind(statements);
  statements.transaction = (work) =>
    transact((transaction) => {
      counts.transactions += 1;
      count(transaction, counts);
      return work(transaction);
    });
  count(statements, counts);
  return counts;
}

function count(on: TransactionStatements, counts: StatementCounts): void {
  const [run, rows] = [on.run.bind(on), on.rows.bind(on)];
  on.run = (...asked) => {
    counts.statements += 1;
    return run(...asked);
  };
  on.rows = (...asked) => {
    counts.statements += 1;
    return rows(...asked);
  };
}
