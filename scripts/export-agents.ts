// npm run agents:export: writes the agents table as a YAML file, without secrets.
import { callingFolder } from '../src/cli/calling-folder.ts';
import { exportAgents } from '../src/cli/export-agents.ts';
import { openStore } from '../src/cli/open-store.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { readEnvironment } from '../src/config/environment.ts';

endQuietly();
process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  return exportAgents(process.argv.slice(2), process, {
    cwd: callingFolder(env, 'agents:export'),
    openStore: () => openStore(env),
  });
}, process);
