// npm run agents:load: brings the agents table in line with a YAML file.
import { createInterface } from 'node:readline/promises';
import { loadAgents } from '../src/cli/load-agents.ts';
import { loadConfig } from '../src/config/config.ts';
import { readEnvironment } from '../src/config/environment.ts';
import { openDatabase } from '../src/database/open-database.ts';
import { silentLogger } from '../src/observability/logger.ts';

const env = readEnvironment();
process.exitCode = await loadAgents(process.argv.slice(2), process, {
  env,
  // npm runs scripts in the package's folder; a path is meant from where npm was called.
  cwd: env['npm_lifecycle_event'] === 'agents:load' && env['INIT_CWD'] ? env['INIT_CWD'] : process.cwd(),
  async openStore() {
    const database = await openDatabase({ ...loadConfig(env), logger: silentLogger });
    return { store: database.agents, close: () => database.close() };
  },
  async confirm(question) {
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
  },
});
