import { z } from 'zod';
import { erasureAsJson, shareAsJson, userExportAsJson } from '../../../memory/user-json.ts';
import { USER_KINDS } from '../../../memory/user-data.ts';
import { actorOf } from '../actor-of.ts';
import { PROBLEM } from '../problem-schema.ts';
import { type AddRoutes, typed } from '../route.ts';
import { userId } from './memory.ts';

const CARE = { needs: { role: 'operator', scope: 'memory' } } as const;

const tags = ['users'];
const params = z.object({ id: userId });
const rows = z.array(z.record(z.string(), z.unknown()));
const counts = {
  memories: z.int(),
  turns: z.int(),
  exchanges: z.int(),
  calls: z.int(),
  counters: z.int(),
  findings: z.int(),
};

const sharesSchema = z.object({
  user_id: z.string(),
  agents: z.array(z.object({ agent: z.string(), agent_id: z.string(), ...counts })),
});

const exportSchema = z.object({
  user_id: z.string(),
  exported_at: z.string(),
  memories: rows,
  exchanges: rows,
  model_calls: rows,
  budget_counters: rows,
  guard_findings: rows,
});

const erased = z.object({ ...counts, ended: z.int() });

const outcomeSchema = z.object({
  user_id: z.string(),
  applied: z.boolean().describe('Whether there was anything.'),
  erasure: z.string().nullable().describe('The id of its record.'),
  at: z.string().nullable(),
  erased: erased.nullable(),
  overwritten: z
    .boolean()
    .nullable()
    .describe('Whether the database file has none of it; null: a server has its own.'),
});

const verifySchema = z.object({
  user_id: z.string(),
  clean: z.boolean(),
  left: z.object(counts),
  erasures: z.array(z.object({ id: z.string(), at: z.string(), counts: erased })),
  unreadable_records: z.int(),
});

/** `/api/users`: all that there is of a user on Discord, of all agents. */
export const addUserRoutes: AddRoutes = (app, parts) => {
  typed(app).get(
    '/api/users/:id',
    {
      config: CARE,
      schema: {
        operationId: 'showUser',
        summary: 'How much there is of a user, by agent',
        tags,
        params,
        response: { 200: sharesSchema, default: PROBLEM },
      },
    },
    async ({ params: { id } }) => {
      return { user_id: id, agents: (await parts.userData.shares(id)).map(shareAsJson) };
    },
  );
  typed(app).get(
    '/api/users/:id/export',
    {
      config: CARE,
      schema: {
        operationId: 'exportUser',
        summary: 'Everything that there is of a user',
        tags,
        params,
        response: { 200: exportSchema, default: PROBLEM },
      },
    },
    async ({ params: { id } }) => userExportAsJson(id, await parts.userData.export(id), parts.now()),
  );
  addErasing(app, parts);
};

const addErasing: AddRoutes = (app, parts) => {
  typed(app).delete(
    '/api/users/:id',
    {
      config: CARE,
      schema: {
        operationId: 'eraseUser',
        summary: 'Erase everything that there is of a user, for good',
        tags,
        params,
        response: { 200: outcomeSchema, default: PROBLEM },
      },
    },
    async (request) => {
      const { id } = request.params;
      return { user_id: id, ...erasureAsJson(await parts.storesFor(actorOf(request)).erasures.erase(id)) };
    },
  );
  typed(app).get(
    '/api/users/:id/erasures',
    {
      config: CARE,
      schema: {
        operationId: 'verifyErasure',
        summary: 'Count what is left of a user, and when they were erased',
        tags,
        params,
        response: { 200: verifySchema, default: PROBLEM },
      },
    },
    async ({ params: { id } }) => {
      const left = await parts.erasures.left(id);
      const erasures = (await parts.erasures.find(id)).map((one) => ({ ...one, at: one.at.toISOString() }));
      const { unreadable } = await parts.erasures.countRecords();
      const clean = USER_KINDS.every((kind) => left[kind] === 0);
      return { user_id: id, clean, left, erasures, unreadable_records: unreadable };
    },
  );
};
