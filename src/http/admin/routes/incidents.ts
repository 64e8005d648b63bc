import { z } from 'zod';
import type { Incident } from '../../../recovery/incident.ts';
import { agentIdSchema, PAGE_QUERY, pageOf, readCursor, toPage, UUID } from '../paging.ts';
import { PROBLEM } from '../problem-schema.ts';
import { type AddRoutes, typed } from '../route.ts';

const LOOK = { needs: { role: 'viewer', scope: 'incidents' } } as const;

const query = z.strictObject({
  ...PAGE_QUERY,
  agent_id: agentIdSchema.optional(),
  open: z.enum(['true', 'false']).optional().describe('Only those that last, or that are over.'),
});

const incidentSchema = z
  .object({
    id: z.string(),
    agent_id: z.string().nullable().describe('null: it is the host’s.'),
    host_id: z.string(),
    component: z.string(),
    severity: z.enum(['transient', 'persistent', 'critical']),
    reason: z.string(),
    message: z.string(),
    action: z
      .enum(['retry', 'fall-back', 'degrade', 'restart', 'park', 'stop'])
      .describe('What is done about it.'),
    attempts: z.int(),
    started_at: z.string(),
    last_at: z.string(),
    ended_at: z.string().nullable(),
    helped: z.boolean().nullable().describe('Whether what was done helped; null: nobody knows yet.'),
  })
  .meta({ id: 'Incident' });

/** `/api/incidents`: what failed, and what was done about it. */
export const addIncidentRoutes: AddRoutes = (app, parts) => {
  typed(app).get(
    '/api/incidents',
    {
      config: LOOK,
      schema: {
        operationId: 'listIncidents',
        summary: 'What failed, what was done about it and whether that helped, newest first',
        tags: ['incidents'],
        querystring: query,
        response: { 200: pageOf(incidentSchema), default: PROBLEM },
      },
    },
    async ({ query: { limit, cursor, agent_id: agentId, open } }) => {
      const isOpen = open === undefined ? undefined : open === 'true';
      const found = await parts.incidents.list({
        agentId,
        isOpen,
        before: readCursor(cursor, UUID),
        limit: limit + 1,
      });
      return toPage(found, limit, { keyOf: ({ id }) => id, show: incidentAsJson });
    },
  );
};

function incidentAsJson(incident: Incident) {
  return {
    id: incident.id,
    agent_id: incident.agentId ?? null,
    host_id: incident.hostId,
    component: incident.component,
    severity: incident.severity,
    reason: incident.reason,
    message: incident.message,
    action: incident.action,
    attempts: incident.attempts,
    started_at: incident.startedAt.toISOString(),
    last_at: incident.lastAt.toISOString(),
    ended_at: incident.endedAt?.toISOString() ?? null,
    helped: incident.helped ?? null,
  };
}
