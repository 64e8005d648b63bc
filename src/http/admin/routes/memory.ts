import { z } from 'zod';
import { ProblemsError } from '../../../agents/input-problems.ts';
import { memoryAsJson, sizeAsJson } from '../../../commands/memory-json.ts';
import { actorOf } from '../actor-of.ts';
import { agentIdSchema } from '../paging.ts';
import { PROBLEM } from '../problem-schema.ts';
import { type AddRoutes, typed } from '../route.ts';

/** What users wrote: none of it is for those who only look. */
const CARE = { needs: { role: 'operator', scope: 'memory' } } as const;

const tags = ['memory'];

/** A user's id on Discord. */
export const userId = z.string().regex(/^\d{1,20}$/, 'must be a Discord id: digits only');

const query = z.strictObject({
  user_id: userId.describe('Whose memories.'),
  agent_id: agentIdSchema.optional().describe('Only what this agent remembers.'),
});

const forgetQuery = query.extend({
  scope: z
    .string()
    .regex(/^(?:everywhere|dm|\d{17,20})$/, 'must be `everywhere`, `dm`, or a guild’s id')
    .optional()
    .describe('Only of this place: `everywhere`, `dm`, or a guild’s id.'),
});

const place = {
  agent: z.string(),
  agent_id: z.string(),
  scope: z.string().describe('`everywhere`, `dm`, or a guild’s id.'),
};

const sizesSchema = z.object({
  items: z.array(
    z.object({
      ...place,
      turns: z.int(),
      first: z.string().nullable(),
      last: z.string().nullable(),
      has_summary: z.boolean(),
    }),
  ),
});

const exportSchema = z
  .object({
    user_id: z.string(),
    exported_at: z.string(),
    memories: z.array(
      z.object({
        ...place,
        summary: z.string().nullable(),
        turns: z.array(
          z.object({ exchange_id: z.string(), at: z.string(), question: z.string(), answer: z.string() }),
        ),
      }),
    ),
  })
  .meta({ id: 'MemoryExport' });

const forgottenSchema = z.object({ memories: z.int(), turns: z.int() });

/** `/api/memory`: what agents remember of a user. */
export const addMemoryRoutes: AddRoutes = (app, parts) => {
  typed(app).get(
    '/api/memory',
    {
      config: CARE,
      schema: {
        operationId: 'showMemory',
        summary: 'How much each agent remembers of a user',
        tags,
        querystring: query,
        response: { 200: sizesSchema, default: PROBLEM },
      },
    },
    async ({ query: { user_id: user, agent_id: agentId } }) => {
      return { items: (await parts.memory.sizes({ userId: user, agentId })).map(sizeAsJson) };
    },
  );
  typed(app).get(
    '/api/memory/export',
    {
      config: CARE,
      schema: {
        operationId: 'exportMemory',
        summary: 'Everything that is remembered of a user',
        tags,
        querystring: query,
        response: { 200: exportSchema, default: PROBLEM },
      },
    },
    async ({ query: { user_id: user, agent_id: agentId } }) => {
      const memories = await parts.memory.export({ userId: user, agentId });
      return memoryAsJson({ userId: user, exportedAt: parts.now(), memories });
    },
  );
  typed(app).delete(
    '/api/memory',
    {
      config: CARE,
      schema: {
        operationId: 'forgetMemory',
        summary: 'Forget a user, for good',
        tags,
        querystring: forgetQuery,
        response: { 200: forgottenSchema, default: PROBLEM },
      },
    },
    async (request) => {
      const { user_id: user, agent_id: agentId, scope } = request.query;
      const known = agentId === undefined || (await parts.agents.list()).some(({ id }) => id === agentId);
      // Whoever has to forget somebody must not take a typing error for a success.
      if (!known) throw new ProblemsError([{ path: 'agent_id', message: 'there is no agent of this id' }]);
      const filter = { userId: user, agentId, scope: scope === 'everywhere' ? '' : scope };
      return parts.storesFor(actorOf(request)).memory.forget(filter);
    },
  );
};
