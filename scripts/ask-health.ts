// npm run health: asks a running host how it is. Containers call it as their health check.
import { askHealth } from '../src/cli/health/ask-health.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { loadConfig } from '../src/config/config.ts';
import { readEnvironment } from '../src/config/environment.ts';

endQuietly();
process.exitCode = await exitCodeOf(
  () => askHealth(process.argv.slice(2), process, () => loadConfig(readEnvironment()).http),
  process,
);
