import type { DatabaseConfig } from '../../config/database-url.ts';
import { countDeadLetters } from '../../database/exchange-log.ts';
import { openClient } from '../../database/open-client.ts';
import { type Finding, warning } from './finding.ts';

/**
 * Tells of messages that were set aside; nothing where there is none. The database must be there, with the tables of
 * this version.
 *
 * @throws {TroupeError} when it cannot be read
 */
export async function checkDeadLetters(database: DatabaseConfig): Promise<Finding[]> {
  const opened = await openClient(database);
  try {
    const count = await countDeadLetters(opened.statements);
    if (count === 0) return [];
    const what =
      count === 1
        ? '1 message was set aside since processes died of it'
        : `${count} messages were set aside since processes died of them`;
    return [warning('dead letters', what, 'See `npm run exchanges -- list --state dead-letter`.')];
  } finally {
    await opened.close();
  }
}
