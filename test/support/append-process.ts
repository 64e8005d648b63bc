// Puts changes on record as fast as it can: the URL of a database, and how many.
import { HOST_ACTOR } from '../../src/audit/audit-log.ts';
import { databaseUrl } from '../../src/config/database-url.ts';
import { openDatabase } from '../../src/database/open-database.ts';
import { silentLogger } from '../../src/observability/logger.ts';

const [url = '', count = '0', name = ''] = process.argv.slice(2);
const parsed = databaseUrl.read(url, process.cwd());
if (!('value' in parsed)) throw new Error(parsed.problem);
const database = await openDatabase({
  database: parsed.value,
  secretKey: { key: Buffer.alloc(32, 7), file: '' },
  logger: silentLogger,
});
for (let index = 0; index < Number(count); index++) {
  const change = { action: 'test.append', subject: { kind: 'test', id: `${name}-${index}` }, after: index };
  await database.auditLog.append({ ...HOST_ACTOR, id: name }, [change]);
}
await database.close();
