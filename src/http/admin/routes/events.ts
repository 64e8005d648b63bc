import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isAllowed } from '../../../access/principal.ts';
import { EVENT_KINDS } from '../../../events/host-events.ts';
import { principalOf } from '../actor-of.ts';
import type { ApiParts } from '../api-parts.ts';
import { EventStreams, type EventStreamsOptions } from '../event-stream.ts';
import { PROBLEM } from '../problem-schema.ts';
import { type AddRoutes, typed } from '../route.ts';

const LISTEN = { role: 'viewer', scope: 'events' } as const;

const query = z.strictObject({
  kind: z
    .union([z.enum(EVENT_KINDS), z.array(z.enum(EVENT_KINDS))])
    .optional()
    .describe('Only these; may be given several times.'),
  agent_id: z.string().max(64).optional().describe('Only what happens to this agent.'),
});

const headers = z.object({
  'last-event-id': z.string().max(80).optional().describe('The last one that was heard: go on after it.'),
});

const response = {
  200: {
    description:
      'Server-sent events: `agent.state`, `agent.changed`, `exchange`, `incident`, `command`, `setting`, each with JSON; ' +
      '`gap` when some were missed, and `end` with the reason before the stream ends, also because its reader may not ' +
      'listen any more.',
    content: { 'text/event-stream': { schema: z.string() } },
  },
  default: PROBLEM,
};

/** `/api/events`: what happens in this process, as it happens. What other hosts do is not among it. */
export const addEventRoutes = (bounds: Omit<EventStreamsOptions, 'source'> = {}): AddRoutes => {
  return (app, { events, isOutage }) => {
    const streams = new EventStreams({ source: events, ...bounds });
    app.addHook('preClose', (done) => {
      streams.close();
      done();
    });
    typed(app).get(
      '/api/events',
      {
        config: { needs: LISTEN },
        // It would never end.
        exposeHeadRoute: false,
        schema: {
          operationId: 'streamEvents',
          summary: 'What happens in this host, as it happens',
          tags: ['events'],
          querystring: query,
          headers,
          response,
        },
      },
      (request, reply) => {
        const { kind, agent_id: agentId } = request.query;
        const after = request.headers['last-event-id'];
        const kinds = kind === undefined ? undefined : new Set([kind].flat());
        const stream = streams.open(
          { after, kinds, agentId },
          { owner: ownerOf(request), refusal: () => refusalOf(request, isOutage) },
        );
        reply.header('content-type', 'text/event-stream; charset=utf-8').header('x-accel-buffering', 'no');
        void reply.send(stream as unknown as string);
      },
    );
  };
};

/** A person: their sessions and tokens are counted together. */
function ownerOf(request: FastifyRequest): string {
  return request.login?.adminUserId ?? principalOf(request).id;
}

async function refusalOf(
  { recognise }: FastifyRequest,
  isOutage: ApiParts['isOutage'],
): Promise<string | undefined> {
  try {
    const principal = await recognise();
    return principal !== undefined && isAllowed(principal, LISTEN)
      ? undefined
      : 'you may not listen any more';
  } catch (error) {
    // Those who look on want to see just this; and no stream lasts long without being recognised.
    if (isOutage(error)) return undefined;
    throw error;
  }
}
