// npm run db: shows, migrates, backs up, restores and moves the database.
import { callingFolder } from '../src/cli/calling-folder.ts';
import { confirm } from '../src/cli/confirm.ts';
import { manageDatabase } from '../src/cli/db/manage-database.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { readEnvironment } from '../src/config/environment.ts';

endQuietly();
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Once: a second one ends the process at once.
  process.once(signal, () => {
    interrupted.abort();
  });
}
process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  return manageDatabase(process.argv.slice(2), process, {
    env,
    cwd: callingFolder(env, 'db'),
    now: () => new Date(),
    confirm,
    signal: interrupted.signal,
  });
}, process);
