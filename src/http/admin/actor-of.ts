import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../access/principal.ts';
import type { Actor } from '../../audit/audit-log.ts';
import { HttpError } from './problem.ts';

/**
 * Who asks, on a route that needs somebody.
 *
 * @throws {HttpError} 401, when the guard let nobody through: no change is ever nobody's
 */
export function principalOf({ principal }: FastifyRequest): Principal {
  if (principal === undefined) throw new HttpError(401, 'this needs a login');
  return principal;
}

/** Who makes a change, for the record. */
export function actorOf(request: FastifyRequest): Actor {
  const { kind, id, name } = principalOf(request);
  return { kind, id, name };
}
