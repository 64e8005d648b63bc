// Loaded into a host before its main file: kills the process, as kill -9 does, when it is about to write down how a
// command to a bot ended.
import { TransactionStatements } from '../../src/database/statements.ts';

type Run = TransactionStatements['run'];

// eslint-disable-next-line @typescript-eslint/unbound-method
const run: Run = TransactionStatements.prototype.run;
TransactionStatements.prototype.run = function (this: TransactionStatements, sql, values) {
  if (sql.startsWith('UPDATE bot_commands SET state')) process.kill(process.pid, 'SIGKILL');
  return run.call(this, sql, values);
};
