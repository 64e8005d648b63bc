// npm run agents:load: brings the agents table in line with a YAML file.
import { createInterface } from 'node:readline/promises';
import { loadAgents } from '../src/cli/load-agents.ts';
import { openStore } from '../src/cli/open-store.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { readEnvironment } from '../src/config/environment.ts';

process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  // npm runs scripts in the package's folder; a path is meant from where npm was called.
  const cwd =
    env['npm_lifecycle_event'] === 'agents:load' && env['INIT_CWD'] ? env['INIT_CWD'] : process.cwd();
  return loadAgents(process.argv.slice(2), process, { env, cwd, openStore: () => openStore(env), confirm });
}, process);

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  terminal.once('close', () => {
    closed.abort();
  });
  try {
    return /^y(es)?$/i.test(await terminal.question(`${question} [y/N] `, { signal: closed.signal }));
  } catch {
    // Ctrl-C or Ctrl-D: nothing is changed.
    return false;
  } finally {
    terminal.close();
  }
}
