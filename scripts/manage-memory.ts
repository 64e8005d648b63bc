// npm run memory: shows, exports or forgets what agents remember of a user.
import { callingFolder } from '../src/cli/calling-folder.ts';
import { confirm } from '../src/cli/confirm.ts';
import { manageMemory } from '../src/cli/memory/manage-memory.ts';
import { openStore } from '../src/cli/open-store.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { readEnvironment } from '../src/config/environment.ts';

endQuietly();
process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  return manageMemory(process.argv.slice(2), process, {
    env,
    cwd: callingFolder(env, 'memory'),
    now: () => new Date(),
    openStore: () => openStore(env),
    confirm,
  });
}, process);
