// npm run capacity: how many more bots the running host will bear.
import { showCapacity } from '../src/cli/capacity/show-capacity.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { loadConfig } from '../src/config/config.ts';
import { readEnvironment } from '../src/config/environment.ts';

endQuietly();
process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  return showCapacity(process.argv.slice(2), process, { address: () => loadConfig(env).http });
}, process);
