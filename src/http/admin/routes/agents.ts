import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { agentNameKey } from '../../../agents/agent-definition.ts';
import { BOT_STATES } from '../../../agents/agent-record.ts';
import { agentTypes } from '../../../agents/agent-types.ts';
import { checkDefinition, definitionOf, settingsOf } from '../../../agents/check-definition.ts';
import { mergeSettings, refuseMasked } from '../../../agents/merge-settings.ts';
import { ConflictError } from '../../../errors.ts';
import { actorOf, principalOf } from '../actor-of.ts';
import { agentChangeSchema, newAgentSchema, refuseReferences, tokenOf } from '../agent-body.ts';
import type { ApiParts } from '../api-parts.ts';
import { type ChangeAgent, createChangeAgent } from '../change-agent.ts';
import { IDEMPOTENCY_KEY, markMade } from '../idempotency.ts';
import {
  agentSchema,
  type LiveAgent,
  liveAgent,
  liveAgents,
  showAgent,
  storedAgent,
} from '../live-agents.ts';
import { PAGE_QUERY, pageOf, readCursor, toPage } from '../paging.ts';
import { PROBLEM } from '../problem-schema.ts';
import { type AddRoutes, typed } from '../route.ts';
import { IF_MATCH, refuseOthers, versionTag, wantedTags } from '../version-tag.ts';

const LOOK = { needs: { role: 'viewer', scope: 'agents' } } as const;
const CHANGE = { needs: { role: 'operator', scope: 'agents' } } as const;
const MAKE = { ...CHANGE, isIdempotent: true } as const;

const tags = ['agents'];
const params = z.object({ id: z.string().max(64) });
const flag = z.enum(['true', 'false']);

const query = z.strictObject({
  ...PAGE_QUERY,
  name: z.string().max(200).optional().describe('Only the one of this name, whatever its case.'),
  type: z.enum([...agentTypes.keys()]).optional(),
  state: z.enum(BOT_STATES).optional(),
  enabled: flag.optional(),
});

/** Bytes: a system prompt can be long. */
const BODY_LIMIT = 1_048_576;

/** `/api/agents`: list, create, read, update, delete, enable, disable. */
export const addAgentRoutes: AddRoutes = (app, parts) => {
  addReading(app, parts);
  addMaking(app, parts);
  const changeAgent = createChangeAgent(parts);
  addChanging(app, parts, changeAgent);
  addSwitches(app, parts, changeAgent);
};

const addReading: AddRoutes = (app, parts) => {
  const list = {
    operationId: 'listAgents',
    summary: 'All agents with the states of their bots, oldest first',
    tags,
  };
  typed(app).get(
    '/api/agents',
    {
      config: LOOK,
      schema: { ...list, querystring: query, response: { 200: pageOf(agentSchema), default: PROBLEM } },
    },
    async ({ query: { limit, cursor, ...filter } }) => {
      const after = readCursor(cursor, /^\d+ [\da-f-]{36}$/);
      const found = (await liveAgents(parts)).filter(
        (one) => isWanted(one, filter) && (after === undefined || comesAfter(one, after)),
      );
      return toPage(found, limit, { keyOf: placeOf, show: (one) => showAgent(one, parts) });
    },
  );
  const read = { operationId: 'getAgent', summary: 'An agent with the state of its bot', tags, params };
  typed(app).get(
    '/api/agents/:id',
    { config: LOOK, schema: { ...read, response: { 200: agentSchema, default: PROBLEM } } },
    async ({ params: { id } }, reply) => {
      const found = await liveAgent(id, parts);
      reply.header('etag', versionTag(found.agent.version));
      return showAgent(found, parts);
    },
  );
};

const addMaking: AddRoutes = (app, parts) => {
  const make = {
    operationId: 'createAgent',
    summary: 'Make an agent',
    tags,
    headers: IDEMPOTENCY_KEY,
    body: newAgentSchema,
  };
  typed(app).post(
    '/api/agents',
    {
      config: MAKE,
      bodyLimit: BODY_LIMIT,
      schema: { ...make, response: { 201: agentSchema, default: PROBLEM } },
    },
    async (request, reply) => {
      const { discord_token: given, ...settings } = request.body;
      refuseMasked(settings);
      const definition = checkDefinition(settings);
      refuseReferences(settings, undefined, principalOf(request));
      const token = tokenOf(given) ?? undefined;
      await parts.storesFor(actorOf(request)).agents.apply([{ kind: 'create', definition, token }]);
      markMade(request);
      const key = agentNameKey(definition.name);
      const made = (await liveAgents(parts)).find(({ agent }) => agentNameKey(agent.name) === key);
      if (made === undefined) throw new ConflictError(`agent "${definition.name}" was deleted meanwhile`);
      parts.events.emit({ kind: 'agent.changed', agentId: made.agent.id, change: 'created' });
      reply.code(201);
      reply.header('location', `/api/agents/${made.agent.id}`).header('etag', versionTag(made.agent.version));
      return showAgent(made, parts);
    },
  );
};

const addChanging = (app: FastifyInstance, parts: ApiParts, changeAgent: ChangeAgent): void => {
  const change = {
    operationId: 'updateAgent',
    summary: 'Change an agent',
    tags,
    params,
    consumes: ['application/merge-patch+json', 'application/json'],
    body: agentChangeSchema,
  };
  typed(app).patch(
    '/api/agents/:id',
    {
      config: CHANGE,
      bodyLimit: BODY_LIMIT,
      schema: { ...change, headers: IF_MATCH, response: { 200: agentSchema, default: PROBLEM } },
    },
    async (request, reply) => {
      const { discord_token: given, ...settings } = request.body;
      const token = tokenOf(given);
      const wanted = wantedTags(request.headers['if-match']);
      const { role } = principalOf(request);
      const changed = await changeAgent(request.params.id, {
        wanted,
        apply: (changes) => parts.storesFor(actorOf(request)).agents.apply(changes),
        make: (record) => {
          const stored = settingsOf({ ...record, config: parts.agents.openConfig(record) });
          const merged = mergeSettings(stored, settings);
          if (token === undefined && isDeepStrictEqual(merged, stored)) return undefined;
          refuseMasked(merged);
          const definition = checkDefinition(merged);
          refuseReferences(merged, stored, { role });
          return { kind: 'update', id: record.id, definition, token, ifVersion: record.version };
        },
      });
      reply.header('etag', versionTag(changed.agent.version));
      return showAgent(changed, parts);
    },
  );
  const remove = {
    operationId: 'deleteAgent',
    summary: 'Delete an agent and all that it remembers',
    tags,
    params,
  };
  typed(app).delete(
    '/api/agents/:id',
    {
      config: CHANGE,
      schema: {
        ...remove,
        headers: IF_MATCH,
        response: { 204: z.null().describe('It is gone.'), default: PROBLEM },
      },
    },
    async (request, reply) => {
      const wanted = wantedTags(request.headers['if-match']);
      const record = await storedAgent(request.params.id, parts);
      refuseOthers(record, wanted);
      const { id } = record;
      const ifVersion = wanted === undefined ? undefined : record.version;
      await parts.storesFor(actorOf(request)).agents.apply([{ kind: 'delete', id, ifVersion }]);
      parts.events.emit({ kind: 'agent.changed', agentId: id, change: 'deleted' });
      return reply.code(204).send(null);
    },
  );
};

const addSwitches = (app: FastifyInstance, parts: ApiParts, changeAgent: ChangeAgent): void => {
  for (const [word, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    const summary = enabled ? 'Have the host run an agent' : 'Have no host run an agent';
    const schema = { operationId: `${word}Agent`, summary, tags, params };
    typed(app).post(
      `/api/agents/:id/${word}`,
      { config: CHANGE, schema: { ...schema, response: { 200: agentSchema, default: PROBLEM } } },
      async (request, reply) => {
        const { 'if-match': ifMatch } = request.headers;
        const changed = await changeAgent(request.params.id, {
          wanted: ifMatch === undefined ? undefined : wantedTags(ifMatch),
          apply: (changes) => parts.storesFor(actorOf(request)).agents.apply(changes),
          make: (record) => {
            const definition = { ...definitionOf(record), enabled };
            const { id, version: ifVersion } = record;
            return record.enabled === enabled
              ? undefined
              : { kind: 'update', id, definition, token: undefined, ifVersion };
          },
        });
        reply.header('etag', versionTag(changed.agent.version));
        return showAgent(changed, parts);
      },
    );
  }
};

function isWanted(
  { agent }: LiveAgent,
  { name, type, state, enabled }: Omit<z.infer<typeof query>, 'limit' | 'cursor'>,
): boolean {
  return (
    (name === undefined || agentNameKey(agent.name) === agentNameKey(name)) &&
    (type === undefined || agent.type === type) &&
    (state === undefined || agent.status.state === state) &&
    (enabled === undefined || agent.enabled === (enabled === 'true'))
  );
}

/** Where an agent stands in the list, also once it is gone. */
function placeOf({ agent }: LiveAgent): string {
  return `${agent.createdAt.getTime()} ${agent.id}`;
}

function comesAfter({ agent }: LiveAgent, place: string): boolean {
  const [time = '', id = ''] = place.split(' ');
  const later = agent.createdAt.getTime() - Number(time);
  return later > 0 || (later === 0 && agent.id > id);
}
