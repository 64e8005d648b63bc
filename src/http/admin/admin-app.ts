import { randomUUID } from 'node:crypto';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyServerOptions } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { TroupeError, UnavailableError } from '../../errors.ts';
import type { Logger } from '../../observability/logger.ts';
import type { HttpApp } from '../http-server.ts';
import { addDescription } from './description.ts';
import type { ApiParts } from './api-parts.ts';
import { refuseDeepBody } from './body-depth.ts';
import { watchMethods } from './known-methods.ts';
import { literalUrl } from './literal-url.ts';
import { type Problem, problemOf } from './problem.ts';
import { compileValidator } from './validator.ts';
import './route.ts';

/** Who may: recognises callers before any route is reached, and refuses those that may not. */
export type Guard = (app: FastifyInstance) => void | Promise<void>;

/** What {@link openAdminApp} puts together. */
export interface AdminAppOptions {
  readonly guard: Guard;
  /** What there is, each part adding its own. */
  readonly routes: readonly ((app: FastifyInstance) => void)[];
  readonly logger: Logger;
  /** See {@link ApiParts.isOutage}. */
  readonly isOutage: ApiParts['isOutage'];
  /** Told of every route. */
  readonly onRoute?: (route: { method: string; url: string; needs: unknown }) => void;
}

/** Bytes of a body at most, where a route does not say otherwise: anybody may send one to those that log in. */
const BODY_LIMIT = 65_536;

const OPTIONS: FastifyServerOptions = {
  bodyLimit: BODY_LIMIT,
  // The log is ours, and a forwarded address is believed of nobody.
  logger: false,
  trustProxy: false,
  genReqId: () => randomUUID(),
  requestIdHeader: false,
  return503OnClosing: true,
  rewriteUrl: ({ url = '/' }) => literalUrl(url),
  // No header is as long as that: how long an id may be is said by the routes, after the guard.
  routerOptions: { maxParamLength: 65_536 },
};

/** A route that says nothing of a query has none. */
const NO_QUERY = z.strictObject({});

/**
 * Opens the admin API, with its OpenAPI description made from the same schemas that check what comes and goes.
 *
 * @throws {Error} when a route does not say who may call it
 */
export async function openAdminApp(options: AdminAppOptions): Promise<HttpApp> {
  const { guard, routes, onRoute } = options;
  const app = fastify(OPTIONS);
  app.setValidatorCompiler(compileValidator);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('principal', undefined);
  app.decorateRequest('recognise');
  const methods = watchMethods(app);
  app.addHook('onRoute', (route) => {
    const { method, url } = route;
    // Those of the description say nothing themselves.
    if (url.startsWith('/api/docs')) {
      route.config = { ...route.config, needs: { role: 'viewer', scope: 'any' } };
    }
    const needs = route.config?.needs;
    if (needs === undefined) throw new Error(`${String(method)} ${url} does not say who may call it`);
    if (route.schema?.hide !== true) route.schema = { querystring: NO_QUERY, ...route.schema };
    for (const one of [method].flat()) onRoute?.({ method: one, url, needs });
  });
  app.addContentTypeParser(
    'application/merge-patch+json',
    { parseAs: 'string' },
    app.getDefaultJsonParser('error', 'error'),
  );
  app.addHook('preValidation', (request, _reply, done) => {
    refuseDeepBody(request.body);
    done();
  });
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    reply.header('x-content-type-options', 'nosniff');
    await Promise.resolve();
  });
  handleErrors(app, methods, options);
  await guard(app);
  await addDescription(app, () => {
    for (const addRoutes of routes) addRoutes(app);
  });
  await app.ready();
  return {
    handle: (request, response) => {
      app.routing(request, response);
    },
    close: () => app.close(),
  };
}

function handleErrors(
  app: FastifyInstance,
  methods: (path: string) => string[],
  { logger, isOutage }: Pick<AdminAppOptions, 'logger' | 'isOutage'>,
): void {
  app.setErrorHandler((error, request, reply) => {
    const isAway = !(error instanceof TroupeError) && isOutage(error);
    const problem = problemOf(isAway ? databaseAway() : error, request.id);
    // What is known (an outage, too many logins) has its own place in the log.
    if (problem.status >= 500)
      logger[problem.status === 503 ? 'debug' : 'error']('a request failed', { request: request.id, error });
    void answerProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.originalUrl.split('?')[0] ?? '';
    const known = methods(path);
    if (known.length > 0) {
      reply.header('allow', known.join(', '));
      if (request.method === 'OPTIONS') return reply.code(204).send();
      const detail = `${path} does not know ${request.method}, but ${known.join(', ')}`;
      return answerProblem(reply, { ...problemOf({ statusCode: 405 }, request.id), detail });
    }
    const detail = `there is no ${request.method} ${path}`;
    return answerProblem(reply, { ...problemOf({ statusCode: 404 }, request.id), detail });
  });
}

/** Nothing of the driver's words is for the caller: they may name hosts and users. */
function databaseAway(): UnavailableError {
  return new UnavailableError('the database does not answer', { remedy: 'Try again in a while.' });
}

function answerProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}
