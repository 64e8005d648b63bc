// A process of its own that opens a database when it is told to, makes an agent, and tells what came of it.
// Arguments: DATABASE_URL, the file of the secret key, the agent's name.
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import { loadConfig } from '../../src/config/config.ts';
import { openDatabase } from '../../src/database/open-database.ts';
import { messageOf } from '../../src/errors.ts';
import { collectingLogger } from './collecting-logger.ts';

const [url = '', keyFile = '', name = ''] = process.argv.slice(2);
const logger = collectingLogger();

async function open(): Promise<void> {
  const database = await openDatabase({
    database: loadConfig({ DATABASE_URL: url }).database,
    secretKey: { file: keyFile },
    logger,
  });
  const definition = agentDefinitionSchema.parse({ name });
  await database.agents.apply([{ kind: 'create', definition, token: `token of ${name}` }]);
  await database.close();
}

async function race(): Promise<void> {
  const error = await open().then(() => '', messageOf);
  process.send?.({
    error,
    migrations: logger.lines.filter((line) => line['migration'] !== undefined).length,
  });
  process.disconnect();
}

process.once('message', () => void race());
process.send?.('ready');
