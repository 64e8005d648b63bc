// npm run agents: makes and manages agents.
import { manageAgents } from '../src/cli/agents/manage-agents.ts';
import { callingFolder } from '../src/cli/calling-folder.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { readEnvironment } from '../src/config/environment.ts';

endQuietly();
process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  return manageAgents(process.argv.slice(2), process, { env, cwd: callingFolder(env, 'agents') });
}, process);
// Idle keep-alive sockets to Discord or a provider must not hold the process.
process.stdout.write('', () => process.exit());
