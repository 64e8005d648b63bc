import type { FastifyInstance } from 'fastify';
import { HttpError } from './problem.ts';

/** Lets nobody in: for as long as nobody can log in. */
export function closedGuard(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.needs === 'nobody') done();
    else done(new HttpError(401, 'nobody can log in here yet'));
  });
}
