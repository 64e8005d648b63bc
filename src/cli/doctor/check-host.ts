import { isSaidToRun, leasedAgents } from '../../bots/present-agents.ts';
import { type Finding, ok, warning } from './finding.ts';
import type { OpenedAgents } from './open-agents.ts';

/** Whether a host runs on the database, as the leases tell; warns of bots whose host was killed. */
export function checkHost({ agents, leases }: OpenedAgents): Finding {
  const leased = leasedAgents(leases);
  const lost = agents
    .filter(({ record }) => isSaidToRun(record) && !leased.has(record.id))
    .map(({ record }) => record.name);
  if (lost.length > 0) {
    return warning(
      'host',
      `no host runs these any more, and none has said that it stopped them: ${lost.join(', ')}`,
      'Start one (npm start); its log tells if it has no place for them.',
    );
  }
  const cared = agents.filter(({ record }) => leased.has(record.id)).length;
  return ok(
    'host',
    cared === 0 ? 'no host runs any agent' : `hosts look after ${cared} of ${agents.length} agents`,
  );
}
