import { z } from 'zod';
import { ProblemsError } from '../../../agents/input-problems.ts';
import { MAX_SAID } from '../../../bots/check-order.ts';
import type { BotOrder } from '../../../bots/bot-command.ts';
import { botCommandAsJson } from '../../../bots/bot-command-json.ts';
import { actorOf } from '../actor-of.ts';
import { commandSchema, presenceSchema } from '../command-json.ts';
import { IDEMPOTENCY_KEY, markMade } from '../idempotency.ts';
import { agentIdSchema, PAGE_QUERY, pageOf, readCursor, toPage, UUID } from '../paging.ts';
import { HttpError } from '../problem.ts';
import { PROBLEM } from '../problem-schema.ts';
import { type AddRoutes, typed } from '../route.ts';

const LOOK = { needs: { role: 'viewer', scope: 'commands' } } as const;
const GIVE = { needs: { role: 'operator', scope: 'commands' }, isIdempotent: true } as const;

const tags = ['commands'];
const params = z.object({ id: z.string().max(64) });

const query = z.strictObject({
  ...PAGE_QUERY,
  agent_id: agentIdSchema.optional(),
  state: z.enum(['pending', 'done', 'failed', 'expired']).optional(),
});

const common = {
  agent_id: z.string().max(64),
  expires_in: z
    .number()
    .positive('must be above 0')
    .max(31_536_000)
    .optional()
    .describe('It is not done any more after so many seconds. Default: it waits for as long as it takes.'),
};

const newCommandSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.enum(['reload', 'pause', 'resume']), ...common }),
    z.strictObject({
      kind: z.literal('restart'),
      fresh: z.boolean().default(false).describe('In a new session, which spends an IDENTIFY.'),
      ...common,
    }),
    z.strictObject({
      kind: z.literal('say'),
      channel_id: z.string().regex(/^\d{1,20}$/, 'must be a Discord id: digits only'),
      text: z
        .string()
        .min(1, 'must not be empty')
        .max(MAX_SAID, `must have at most ${MAX_SAID} characters`)
        .describe('Posted in pieces where it is too long for one message.'),
      ...common,
    }),
    z.strictObject({
      kind: z.literal('presence'),
      presence: presenceSchema.nullable().describe('null: nothing any more.'),
      ...common,
    }),
  ])
  .meta({ id: 'NewCommand' });

/** `/api/commands`: what bots are to do. */
export const addCommandRoutes: AddRoutes = (app, parts) => {
  addReading(app, parts);
  typed(app).post(
    '/api/commands',
    {
      config: GIVE,
      schema: {
        operationId: 'sendCommand',
        summary: 'Have a bot do something; it is kept until that is done or has failed',
        tags,
        headers: IDEMPOTENCY_KEY,
        body: newCommandSchema,
        response: { 202: commandSchema, default: PROBLEM },
      },
    },
    async (request, reply) => {
      const { agent_id: agentId, expires_in: seconds } = request.body;
      const known = (await parts.agents.list()).some(({ id }) => id === agentId);
      if (!known) throw new ProblemsError([{ path: 'agent_id', message: 'there is no agent of this id' }]);
      const actor = actorOf(request);
      const command = await parts.storesFor(actor).commands.send({
        agentId,
        order: orderOf(request.body),
        requestedBy: actor.name,
        expiresAt: seconds === undefined ? undefined : new Date(parts.now().getTime() + seconds * 1_000),
      });
      markMade(request);
      const { id: commandId, state } = command;
      parts.events.emit({ kind: 'command', agentId, commandId, order: command.order.kind, state });
      reply.code(202).header('location', `/api/commands/${commandId}`);
      return botCommandAsJson(command);
    },
  );
};

const addReading: AddRoutes = (app, parts) => {
  const list = { operationId: 'listCommands', summary: 'Commands to bots, newest first', tags };
  typed(app).get(
    '/api/commands',
    {
      config: LOOK,
      schema: { ...list, querystring: query, response: { 200: pageOf(commandSchema), default: PROBLEM } },
    },
    async ({ query: { limit, cursor, agent_id: agentId, state } }) => {
      const before = readCursor(cursor, UUID);
      const found = await parts.commands.list({ agentId, state, before, limit: limit + 1 });
      return toPage(found, limit, { keyOf: ({ id }) => id, show: botCommandAsJson });
    },
  );
  const read = { operationId: 'getCommand', summary: 'What became of a command', tags, params };
  typed(app).get(
    '/api/commands/:id',
    { config: LOOK, schema: { ...read, response: { 200: commandSchema, default: PROBLEM } } },
    async ({ params: { id } }) => {
      const command = await parts.commands.get(id);
      if (command === undefined) throw new HttpError(404, 'there is no command of this id');
      return botCommandAsJson(command);
    },
  );
};

function orderOf(body: z.infer<typeof newCommandSchema>): BotOrder {
  if (body.kind === 'say') return { kind: 'say', channelId: body.channel_id, text: body.text };
  if (body.kind === 'presence') return { kind: 'presence', presence: body.presence };
  return body.kind === 'restart' && body.fresh ? { kind: 'restart', fresh: true } : { kind: body.kind };
}
