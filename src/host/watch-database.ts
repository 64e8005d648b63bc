import { databaseReasonOf, OUTAGES } from '../database/database-errors.ts';
import type { Database } from '../database/open-database.ts';
import type { Logger } from '../observability/logger.ts';
import type { IncidentRecorder } from '../recovery/incident-recorder.ts';
import { watchPart } from '../recovery/watch-part.ts';
import type { PartWatch } from '../util/part-watch.ts';

/** The database's signs of life; what the journal cannot write is for it to say. */
export function watchDatabase(
  database: Pick<Database, 'journal'>,
  watching: { readonly incidents: IncidentRecorder; readonly logger: Logger },
): PartWatch {
  const { incidents } = watching;
  return {
    ...watchPart('pulse', 'defect', watching),
    failed: (error) => {
      incidents.report('database', databaseReasonOf(error), { error });
    },
    worked: () => {
      if (database.journal.outage === undefined) incidents.recovered('database', { reasons: OUTAGES });
    },
  };
}
