// npm run usage: what language models cost.
import { openStore } from '../src/cli/open-store.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { showUsage } from '../src/cli/usage/show-usage.ts';
import { readEnvironment } from '../src/config/environment.ts';

endQuietly();
process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  return showUsage(process.argv.slice(2), process, {
    now: () => new Date(),
    openStore: () => openStore(env),
  });
}, process);
