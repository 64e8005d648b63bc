import type { IncidentObserver } from '../observers/incident-observer.ts';
import type { Meters } from './meters.ts';

type Label = 'component' | 'reason' | 'severity';

/** Counts incidents, and shows those that last. */
export function incidentMetrics(meters: Meters): IncidentObserver {
  const begun = meters.counter<Label>(
    'troupe_incidents_total',
    'Failures that something was done about, each counted once for as long as it lasted.',
  );
  const open = new Map<string, Readonly<Record<Label, string>>>();
  meters.gauge<Label>('troupe_incidents_open', 'Incidents that last.', (tell) => {
    const groups = Map.groupBy(open.values(), (labels) => Object.values(labels).join('\n'));
    for (const [first, ...more] of groups.values()) if (first !== undefined) tell(1 + more.length, first);
  });
  return ({ id, component, reason, severity }, change) => {
    if (change === 'ended') {
      open.delete(id);
      return;
    }
    const labels = { component, reason, severity };
    if (change === 'begun') begun.add(labels);
    open.set(id, labels);
  };
}
