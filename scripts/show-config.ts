// npm run config: shows the settings, and changes those of a running host.
import { manageConfig } from '../src/cli/config/manage-config.ts';
import { openStore } from '../src/cli/open-store.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { readEnvironment } from '../src/config/environment.ts';

endQuietly();
process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  return manageConfig(process.argv.slice(2), process, {
    env,
    cwd: process.cwd(),
    openStore: () => openStore(env),
  });
}, process);
