import type { HostEvent } from '../events/host-events.ts';
import type { Incident } from '../recovery/incident.ts';

/** What those who look on are told of an incident. */
export function incidentEvent({ id, agentId, component, severity, endedAt }: Incident): HostEvent {
  return {
    kind: 'incident',
    agentId,
    incidentId: id,
    component,
    severity,
    isOver: endedAt !== undefined,
  };
}
