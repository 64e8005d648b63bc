// npm run exchanges: shows what became of messages, and settles those that were set aside.
import { confirm } from '../src/cli/confirm.ts';
import { manageExchanges } from '../src/cli/exchanges/manage-exchanges.ts';
import { openExchanges } from '../src/cli/exchanges/open-exchanges.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { readEnvironment } from '../src/config/environment.ts';

endQuietly();
process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  return manageExchanges(process.argv.slice(2), process, {
    now: () => new Date(),
    openExchanges: () => openExchanges(env),
    confirm,
  });
}, process);
