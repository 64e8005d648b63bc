// Loaded into a host before its main file: kills the process, as kill -9 does, right before or right after the n-th
// commit that matters. TROUPE_KILL_AT is WHEN:COMMIT:N, such as `after:admit:2`.
import { Statements, TransactionStatements } from '../../src/database/statements.ts';
import { COMMITS } from './commits.ts';

const [when = '', commit = '', count = '1'] = (process.env['TROUPE_KILL_AT'] ?? '').split(':');
const pattern = COMMITS[commit];
if (pattern === undefined || !['before', 'after'].includes(when)) {
  throw new Error(`TROUPE_KILL_AT: ${when}:${commit} is no commit`);
}

let left = Number(count);

/** What was written in transactions that are not committed yet. */
const hits = new WeakSet<TransactionStatements>();

function die(): void {
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

type Run = TransactionStatements['run'];

// eslint-disable-next-line @typescript-eslint/unbound-method
const run: Run = TransactionStatements.prototype.run;
TransactionStatements.prototype.run = async function (this: TransactionStatements, sql, values) {
  const isHit = pattern.test(sql);
  if (isHit && when === 'before') die();
  const changed = await run.call(this, sql, values);
  if (isHit) {
    if (this instanceof Statements) {
      if (when === 'after') die();
    } else hits.add(this);
  }
  return changed;
};

// eslint-disable-next-line @typescript-eslint/unbound-method
const transaction = Statements.prototype.transaction;
Statements.prototype.transaction = async function <Result>(
  this: Statements,
  work: (statements: TransactionStatements) => Promise<Result>,
): Promise<Result> {
  let used: TransactionStatements | undefined;
  const result = await transaction.call(this, async (statements) => {
    used = statements;
    return work(statements);
  });
  if (used !== undefined && hits.has(used) && when === 'after') die();
  return result as Result;
};
