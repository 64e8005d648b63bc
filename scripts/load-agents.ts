// npm run agents:load: brings the agents table in line with a YAML file.
import { callingFolder } from '../src/cli/calling-folder.ts';
import { createModelCheck } from '../src/cli/check-models.ts';
import { confirm } from '../src/cli/confirm.ts';
import { loadAgents } from '../src/cli/load-agents.ts';
import { openStore } from '../src/cli/open-store.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { readEnvironment } from '../src/config/environment.ts';

/** Aborts at the first SIGINT or SIGTERM; a second one ends the process at once. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      stopping.abort();
    });
  }
  return stopping.signal;
}

endQuietly();
process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  return loadAgents(process.argv.slice(2), process, {
    env,
    cwd: callingFolder(env, 'agents:load'),
    openStore: () => openStore(env),
    confirm,
    stopSignal,
    ...createModelCheck(env),
  });
}, process);
// Idle keep-alive sockets to a provider must not hold the process.
process.stdout.write('', () => process.exit());
