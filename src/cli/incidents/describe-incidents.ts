import { printable } from '../../agents-file/show-value.ts';
import { redactShapes } from '../../observability/secret-shapes.ts';
import type { Incident } from '../../recovery/incident.ts';
import { alignedTable } from '../aligned-table.ts';
import { minute } from '../minute.ts';

/** Whose an incident is, by agent id. */
export type AgentNames = ReadonlyMap<string, string>;

/** Incidents as a table, and below each what happened. */
export function incidentTable(incidents: readonly Incident[], names: AgentNames): string {
  const rows = incidents.map((incident) => [
    minute(incident.startedAt),
    incident.endedAt === undefined ? 'lasts' : minute(incident.endedAt),
    incident.component,
    incident.reason,
    nameOf(incident, names),
    incident.severity,
    `${incident.action} × ${incident.attempts}`,
    helpedInWords(incident),
    printable(redactShapes(incident.message)),
  ]);
  const heads = ['BEGAN', 'ENDED', 'PART', 'REASON', 'AGENT', 'SEVERITY', 'DONE', 'HELPED', 'WHAT HAPPENED'];
  return alignedTable([heads, ...rows]);
}

/** An incident for programs. */
export function incidentAsJson(incident: Incident, names: AgentNames): object {
  return {
    id: incident.id,
    agent: incident.agentId === undefined ? null : nameOf(incident, names),
    agent_id: incident.agentId ?? null,
    host_id: incident.hostId,
    component: incident.component,
    severity: incident.severity,
    reason: incident.reason,
    message: redactShapes(incident.message),
    action: incident.action,
    attempts: incident.attempts,
    started_at: incident.startedAt.toISOString(),
    last_at: incident.lastAt.toISOString(),
    ended_at: incident.endedAt?.toISOString() ?? null,
    helped: incident.helped ?? null,
  };
}

function nameOf({ agentId }: Incident, names: AgentNames): string {
  return agentId === undefined ? '–' : printable(names.get(agentId) ?? agentId);
}

function helpedInWords({ helped }: Incident): string {
  if (helped === undefined) return 'unknown';
  return helped ? 'yes' : 'no';
}
