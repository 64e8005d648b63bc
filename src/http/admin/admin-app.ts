import { randomUUID } from 'node:crypto';
import swagger from '@fastify/swagger';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyServerOptions } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import type { Logger } from '../../observability/logger.ts';
import type { HttpApp } from '../http-server.ts';
import { type Problem, problemOf } from './problem.ts';
import './route.ts';

/** What {@link openAdminApp} puts together. */
export interface AdminAppOptions {
  /** Who may: recognises callers before any route is reached, and refuses those that may not. */
  readonly guard: (app: FastifyInstance) => void | Promise<void>;
  /** What there is, each part adding its own. */
  readonly routes: readonly ((app: FastifyInstance) => void)[];
  readonly logger: Logger;
}

/** Bytes of a body at most. */
const BODY_LIMIT = 1_048_576;

const OPTIONS: FastifyServerOptions = {
  bodyLimit: BODY_LIMIT,
  // The log is ours, and a forwarded address is believed of nobody.
  logger: false,
  trustProxy: false,
  genReqId: () => randomUUID(),
  requestIdHeader: false,
  return503OnClosing: true,
};

/**
 * Opens the admin API, with its OpenAPI description made from the same schemas that check what comes and goes.
 *
 * @throws {Error} when a route does not say who may call it
 */
export async function openAdminApp({ guard, routes, logger }: AdminAppOptions): Promise<HttpApp> {
  const app = fastify(OPTIONS);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('principal', undefined);
  app.addHook('onRoute', ({ config, method, url }) => {
    if (config?.needs === undefined) throw new Error(`${String(method)} ${url} does not say who may call it`);
  });
  handleErrors(app, logger);
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title: 'Troupe', version: '1' } },
    transform: jsonSchemaTransform,
  });
  await guard(app);
  for (const addRoutes of routes) addRoutes(app);
  await app.ready();
  return {
    handle: (request, response) => {
      app.routing(request, response);
    },
    close: () => app.close(),
  };
}

function handleErrors(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = hasZodFastifySchemaValidationErrors(error)
      ? {
          ...problemOf({ statusCode: 400 }, request.id),
          detail: 'the request does not have the form that it must have',
          errors: error.validation.map(({ instancePath, message = '' }) => ({
            path: `${error.validationContext ?? ''}${instancePath}`,
            message,
          })),
        }
      : problemOf(error, request.id);
    if (problem.status >= 500) logger.error('a request failed', { request: request.id, error });
    void answerProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const detail = `there is no ${request.method} ${request.url.split('?')[0] ?? ''}`;
    void answerProblem(reply, { ...problemOf({ statusCode: 404 }, request.id), detail });
  });
}

function answerProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problem));
}
