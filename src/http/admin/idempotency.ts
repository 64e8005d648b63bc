import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { IdempotencyStore } from '../../access/idempotency-store.ts';
import type { Logger } from '../../observability/logger.ts';
import { principalOf } from './actor-of.ts';
import { HttpError } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The claim under which this request makes something; undefined: under none. */
    idempotencyId: string | undefined;
    /** Whether it has made what it is for. */
    hasMade: boolean;
  }
}

/** The header of a request that makes something. */
export const IDEMPOTENCY_KEY = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,190}$/, 'must have 1 to 190 visible characters')
    .optional()
    .describe(
      'Chosen by who asks, such as a UUID: for a day the same request with the same key makes nothing more, and is answered ' +
        'as the first time, with `Idempotency-Replayed: true`.',
    ),
});

/** Headers that are part of an answer. */
const KEPT_HEADERS = ['content-type', 'etag', 'location'] as const;

/** Says that a request has made what it is for: whatever becomes of its answer, its key makes no other. */
export function markMade(request: FastifyRequest): void {
  request.hasMade = true;
}

/**
 * Has the same request under the same `Idempotency-Key` answered as the first time, also by another host, for a day. What
 * failed is forgotten, unless it was made all the same.
 */
export function addIdempotency(
  app: FastifyInstance,
  { idempotency, logger }: { readonly idempotency: IdempotencyStore; readonly logger: Logger },
): void {
  app.decorateRequest('idempotencyId', undefined);
  app.decorateRequest('hasMade', false);
  app.addHook('preHandler', async (request, reply) => {
    const key = request.headers['idempotency-key'];
    const { isIdempotent } = request.routeOptions.config;
    if (isIdempotent === undefined || key === undefined) return;
    if (!isIdempotent) {
      throw new HttpError(400, 'this takes no Idempotency-Key: what comes of it is not kept, for secrecy', {
        remedy: 'Send it without one. If no answer comes, see in the list whether it was done.',
      });
    }
    const id = hashOf(whoAsks(request), String(key));
    const requestHash = hashOf(request.method, request.url, JSON.stringify(request.body ?? null));
    const claim = await idempotency.claim(id, requestHash);
    if (claim.kind === 'new') {
      request.idempotencyId = id;
      return;
    }
    if (claim.requestHash !== requestHash) {
      throw new HttpError(422, 'this Idempotency-Key was given with another request', {
        remedy: 'Give each request a key of its own.',
      });
    }
    if (claim.kind === 'in-flight') {
      throw new HttpError(409, 'the first request with this Idempotency-Key has not been answered', {
        remedy:
          'Try again in a while. If it stays so, its host died or failed at it: see whether it was done, and use another key.',
      });
    }
    return answerAgain(reply, claim.answer.status, claim.answer.response);
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const id = request.idempotencyId;
    if (id === undefined) return;
    request.idempotencyId = undefined;
    try {
      if (reply.statusCode < 300)
        await idempotency.keep(id, { status: reply.statusCode, response: toKeep(reply, payload) });
      else if (!request.hasMade) await idempotency.release(id);
    } catch (error) {
      // It is made all the same; a repetition is told that nobody knows.
      logger.error('what was answered to a request could not be kept', { request: request.id, error });
    }
  });
}

function whoAsks(request: FastifyRequest): string {
  const { kind, id } = principalOf(request);
  return `${kind} ${id}`;
}

function hashOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function toKeep(reply: FastifyReply, payload: unknown): string {
  const headers = KEPT_HEADERS.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)]];
  });
  return JSON.stringify({ headers, body: typeof payload === 'string' ? payload : '' });
}

function answerAgain(reply: FastifyReply, status: number, kept: string): FastifyReply {
  const { headers, body } = JSON.parse(kept) as { headers: [string, string][]; body: string };
  for (const [name, value] of headers) reply.header(name, value);
  return reply.code(status).header('idempotency-replayed', 'true').send(body);
}
