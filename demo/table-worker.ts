// The agents table, opened beside the host as a command would; see table-client.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { loadConfig } from '../src/config/config.ts';
import { openDatabase } from '../src/database/open-database.ts';
import { messageOf } from '../src/errors.ts';
import { silentLogger } from '../src/observability/logger.ts';
import type { TableRequest } from './table-client.ts';

const database = await openDatabase({
  ...loadConfig(workerData as Record<string, string>),
  logger: silentLogger,
});

parentPort?.on('message', (request: TableRequest) => {
  void answer(request);
});

async function answer({ id, changes }: TableRequest): Promise<void> {
  try {
    await database.agents.apply(changes);
    parentPort?.postMessage({ id, agents: await database.agents.list() });
  } catch (error) {
    parentPort?.postMessage({ id, error: messageOf(error) });
  }
}
