import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { includesRole } from '../../../access/role.ts';
import { exchangeAsJson } from '../../../messages/exchange-json.ts';
import { EXCHANGE_STATES, type LoggedExchange } from '../../../messages/exchange-log.ts';
import { actorOf, principalOf } from '../actor-of.ts';
import type { ApiParts } from '../api-parts.ts';
import { moment } from '../moment.ts';
import { agentIdSchema, PAGE_QUERY, pageOf, readCursor, toPage, UUID } from '../paging.ts';
import { HttpError } from '../problem.ts';
import { PROBLEM } from '../problem-schema.ts';
import { type AddRoutes, typed } from '../route.ts';

const LOOK = { needs: { role: 'viewer', scope: 'exchanges' } } as const;
const SETTLE = { needs: { role: 'operator', scope: 'exchanges' } } as const;

const tags = ['exchanges'];
const params = z.object({ id: z.string().max(64).describe('Its id, or its reference of 8 characters.') });
const words = 'Shown to operators alone.';

const exchangeSchema = z
  .object({
    id: z.string(),
    reference: z.string().describe('As failure notices have it.'),
    agent: z.string(),
    agent_id: z.string(),
    state: z.enum(EXCHANGE_STATES),
    reason: z.string(),
    user_id: z.string(),
    guild_id: z.string().nullable(),
    channel_id: z.string(),
    message_id: z.string(),
    link: z.string(),
    attempts: z.int(),
    question: z.string().optional().describe(words),
    answer: z.array(z.string()).nullable().optional().describe(words),
    posted: z.array(z.object({ id: z.string(), link: z.string() })),
    admitted_at: z.string(),
    answered_at: z.string().nullable(),
    finished_at: z.string().nullable(),
  })
  .meta({ id: 'Exchange' });

const query = z.strictObject({
  ...PAGE_QUERY,
  state: z
    .union([z.enum(EXCHANGE_STATES), z.array(z.enum(EXCHANGE_STATES))])
    .optional()
    .describe('Only in these states; may be given several times.'),
  open: z.enum(['true']).optional().describe('Only those that are not over.'),
  agent_id: agentIdSchema.optional(),
  user_id: z.string().max(20).optional(),
  channel_id: z.string().max(20).optional(),
  since: moment.optional(),
});

/** `/api/exchanges`: what became of messages; dead letters are replayed or dropped. */
export const addExchangeRoutes: AddRoutes = (app, parts) => {
  addReading(app, parts);
  addSettling(app, parts);
};

const addReading: AddRoutes = (app, parts) => {
  const list = { operationId: 'listExchanges', summary: 'What became of messages, newest first', tags };
  typed(app).get(
    '/api/exchanges',
    {
      config: LOOK,
      schema: { ...list, querystring: query, response: { 200: pageOf(exchangeSchema), default: PROBLEM } },
    },
    async (request) => {
      const { limit, cursor, state, open, since } = request.query;
      const { agent_id: agentId, user_id: userId, channel_id: channelId } = request.query;
      const found = await parts.exchanges.list({
        states: state === undefined ? undefined : [state].flat(),
        isOpen: open === 'true',
        agentId,
        userId,
        channelId,
        since: since === undefined ? undefined : new Date(since),
        before: readCursor(cursor, UUID),
        limit: limit + 1,
      });
      return toPage(found, limit, { keyOf: ({ id }) => id, show: (exchange) => shownTo(request, exchange) });
    },
  );
  const read = {
    operationId: 'getExchange',
    summary: 'Everything that is known of an exchange',
    tags,
    params,
  };
  typed(app).get(
    '/api/exchanges/:id',
    { config: LOOK, schema: { ...read, response: { 200: exchangeSchema, default: PROBLEM } } },
    async (request) => shownTo(request, await findExchange(request.params.id, parts)),
  );
};

const addSettling: AddRoutes = (app, parts) => {
  const settle = { tags, params, response: { 200: exchangeSchema, default: PROBLEM } };
  for (const verb of ['replay', 'drop'] as const) {
    const summary =
      verb === 'replay' ? 'Have a dead letter answered after all' : 'Give a dead letter up, for good';
    typed(app).post(
      `/api/exchanges/:id/${verb}`,
      { config: SETTLE, schema: { ...settle, operationId: `${verb}Exchange`, summary } },
      async (request) => {
        const exchange = await findExchange(request.params.id, parts);
        refuseUnlessDead(exchange, verb);
        const count = await parts.storesFor(actorOf(request)).exchanges[verb](exchange.id);
        if (count === 0)
          throw new HttpError(409, 'it is not a dead letter any more: somebody else settled it meanwhile');
        return shownTo(request, await findExchange(exchange.id, parts));
      },
    );
    const done = verb === 'replay' ? 'replayed' : 'dropped';
    const counts = z.object({
      [done]: z.int(),
      left: z.int().describe('Dead letters that there are still.'),
    });
    typed(app).post(
      `/api/exchanges/${verb}`,
      {
        config: SETTLE,
        schema: {
          tags,
          response: { 200: counts, default: PROBLEM },
          operationId: `${verb}DeadLetters`,
          summary: summary.replace('a dead letter', 'all dead letters'),
        },
      },
      async (request) => {
        const count = await parts.storesFor(actorOf(request)).exchanges[verb](undefined);
        return { [done]: count, left: await parts.exchanges.countDeadLetters() };
      },
    );
  }
};

/** @throws {HttpError} 404 when there is none, 409 when several end alike */
async function findExchange(asked: string, { exchanges }: ApiParts): Promise<LoggedExchange> {
  const id = asked.toLowerCase();
  const found = /^[\da-f]{8}$/.test(id) || UUID.test(id) ? await exchanges.find(id) : [];
  const [only] = found;
  if (only === undefined) throw new HttpError(404, 'there is no exchange of this id or reference');
  if (found.length === 1) return only;
  throw new HttpError(
    409,
    `${found.length} exchanges have this reference: ${found.map((one) => one.id).join(', ')}`,
  );
}

function refuseUnlessDead(exchange: LoggedExchange, verb: 'replay' | 'drop'): void {
  const { state, finishedAt, agentName } = exchange;
  if (state !== 'dead-letter') {
    const why = finishedAt === undefined ? 'it is still on its way to an answer' : 'it is over';
    throw new HttpError(409, `it is ${state}, not a dead letter: ${why}`);
  }
  if (verb === 'replay' && agentName === undefined) {
    throw new HttpError(409, 'its agent is gone: nobody can answer it', { remedy: 'Drop it.' });
  }
}

/** What users wrote, and what they were answered, is for those who look after the bots. */
function shownTo(request: FastifyRequest, exchange: LoggedExchange) {
  const { question, answer, ...facts } = exchangeAsJson(exchange);
  return includesRole(principalOf(request).role, 'operator') ? { ...facts, question, answer } : facts;
}
