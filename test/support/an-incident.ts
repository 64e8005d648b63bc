import type { Incident } from '../../src/recovery/incident.ts';
import { uuidV7 } from '../../src/util/uuid-v7.ts';

/** An incident that lasts, and is of no interest but for what the test says. */
export function anIncident(parts: Partial<Incident> = {}): Incident {
  const startedAt = parts.startedAt ?? new Date('2026-11-30T10:00:00.123Z');
  return {
    id: uuidV7(startedAt.getTime()),
    agentId: undefined,
    hostId: 'host-1',
    component: 'database',
    severity: 'transient',
    reason: 'unavailable',
    message: 'cannot reach it',
    action: 'retry',
    attempts: 1,
    startedAt,
    lastAt: startedAt,
    endedAt: undefined,
    helped: undefined,
    ...parts,
  };
}
