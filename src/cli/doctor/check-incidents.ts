import type { DatabaseConfig } from '../../config/database-url.ts';
import { IncidentTable } from '../../database/incident-table.ts';
import { openClient } from '../../database/open-client.ts';
import { type Finding, warning } from './finding.ts';

/**
 * Tells of incidents that last; nothing where there is none. The database must be there, with the tables of this version.
 *
 * @throws {TroupeError} when it cannot be read
 */
export async function checkIncidents(database: DatabaseConfig): Promise<Finding[]> {
  const opened = await openClient(database);
  try {
    const table = new IncidentTable(opened.statements);
    const count = await table.countOpen();
    const [latest] = await table.list({ isOpen: true, limit: 1 });
    if (count === 0 || latest === undefined) return [];
    const what = count === 1 ? '1 failure lasts' : `${count} failures last`;
    const which = `${count === 1 ? '' : 'the latest: '}${latest.component}, ${latest.reason}`;
    return [warning('incidents', `${what}: ${which}`, 'See `npm run incidents -- list --open`.')];
  } finally {
    await opened.close();
  }
}
