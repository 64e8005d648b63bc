// A process of its own that admits messages when it is told to, all at once, and tells which of them it was given.
// Arguments: DATABASE_URL, how many messages.
import { loadConfig } from '../../src/config/config.ts';
import { openDatabase } from '../../src/database/open-database.ts';
import { withoutLease } from '../../src/leases/lease.ts';
import { silentLogger } from '../../src/observability/logger.ts';
import { admission } from './admission.ts';

const [url = '', count = ''] = process.argv.slice(2);
const database = await openDatabase({
  database: loadConfig({ DATABASE_URL: url }).database,
  secretKey: { key: Buffer.alloc(32, 7), file: '' },
  logger: silentLogger,
});

async function admitAll(): Promise<void> {
  const { journal } = database;
  const ids = Array.from({ length: Number(count) }, (_, index) => String(index + 1));
  const admitted = await Promise.all(ids.map((id) => journal.admit(admission(id), withoutLease('agent-1'))));
  await database.close();
  process.send?.(ids.filter((_, index) => admitted[index]));
  process.disconnect();
}

process.once('message', () => void admitAll());
process.send?.('ready');
