// npm run incidents: shows what failed, what was done about it and whether that helped.
import { manageIncidents } from '../src/cli/incidents/manage-incidents.ts';
import { openIncidentLog } from '../src/cli/incidents/open-incidents.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { readEnvironment } from '../src/config/environment.ts';

endQuietly();
process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  return manageIncidents(process.argv.slice(2), process, { openIncidentLog: () => openIncidentLog(env) });
}, process);
