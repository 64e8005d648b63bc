import { z } from 'zod';
import type { AuditEntry } from '../../../audit/audit-log.ts';
import { moment } from '../moment.ts';
import { PAGE_QUERY, pageOf, readCursor, toPage } from '../paging.ts';
import { PROBLEM } from '../problem-schema.ts';
import { type AddRoutes, typed } from '../route.ts';

const READ = { needs: { role: 'admin', scope: 'audit' } } as const;

const tags = ['audit'];

const query = z.strictObject({
  ...PAGE_QUERY,
  action: z.string().max(80).optional().describe('Such as `agent.update`.'),
  actor_id: z.string().max(190).optional(),
  subject_id: z.string().max(190).optional(),
  since: moment.optional(),
});

const entrySchema = z
  .object({
    sequence: z.string().describe('From 1, without gaps.'),
    at: z.string(),
    actor: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
    action: z.string(),
    subject: z.object({ kind: z.string(), id: z.string() }),
    before: z.unknown().describe('With secrets masked; null: there was nothing.'),
    after: z.unknown().describe('With secrets masked; null: there is nothing.'),
    hash: z.string(),
  })
  .meta({ id: 'AuditEntry' });

const verificationSchema = z.object({
  whole: z.boolean(),
  entries: z.string().nullable(),
  last_hash: z.string().nullable(),
  broken_at: z.string().nullable(),
  problem: z.string().nullable(),
});

/** `/api/audit`: who changed what. */
export const addAuditRoutes: AddRoutes = (app, parts) => {
  const list = { operationId: 'listAudit', summary: 'Who changed what, newest first', tags };
  typed(app).get(
    '/api/audit',
    {
      config: READ,
      schema: { ...list, querystring: query, response: { 200: pageOf(entrySchema), default: PROBLEM } },
    },
    async ({ query: { limit, cursor, action, actor_id: actorId, subject_id: subjectId, since } }) => {
      const before = readCursor(cursor, /^\d{1,18}$/);
      const found = await parts.audit.list({
        action,
        actorId,
        subjectId,
        since: since === undefined ? undefined : new Date(since),
        before: before === undefined ? undefined : BigInt(before),
        limit: limit + 1,
      });
      return toPage(found, limit, { keyOf: ({ sequence }) => String(sequence), show: entryAsJson });
    },
  );
  const verify = { operationId: 'verifyAudit', summary: 'Whether the log is whole', tags };
  typed(app).get(
    '/api/audit/verify',
    { config: READ, schema: { ...verify, response: { 200: verificationSchema, default: PROBLEM } } },
    async () => {
      const found = await parts.audit.verify();
      return found.isWhole
        ? {
            whole: true,
            entries: String(found.entries),
            last_hash: found.lastHash,
            broken_at: null,
            problem: null,
          }
        : {
            whole: false,
            entries: null,
            last_hash: null,
            broken_at: String(found.brokenAt),
            problem: found.problem,
          };
    },
  );
};

function entryAsJson({ sequence, at, actor, action, subject, before, after, hash }: AuditEntry) {
  return {
    sequence: String(sequence),
    at: at.toISOString(),
    actor: { ...actor },
    action,
    subject: { ...subject },
    before: before ?? null,
    after: after ?? null,
    hash,
  };
}
