import type { FastifyRequest } from 'fastify';
import type { Access, AccessStores, Login } from '../../../access/access.ts';
import type { FirstRunCode } from '../../../access/first-run-code.ts';
import type { Passwords } from '../../../access/password.ts';
import { actorOf } from '../../../access/principal.ts';
import type { Actor } from '../../../audit/audit-log.ts';
import { HttpError } from '../problem.ts';

/** What the routes work with that decide who may. */
export interface AccessParts {
  readonly access: Access;
  readonly stores: AccessStores;
  /** The same, with changes on record in somebody's name. */
  readonly storesFor: (actor: Actor) => AccessStores;
  readonly passwords: Passwords;
  readonly firstRun: FirstRunCode;
  /** Whether there is somebody who can decide who may. */
  readonly hasAdmin: () => Promise<boolean>;
  readonly now: () => number;
}

/** Who asks, of a route that is for those who are logged in. */
export function loginOf({ login }: FastifyRequest): Login {
  if (login === undefined) throw new HttpError(401, 'log in first');
  return login;
}

/**
 * Who asks, of a route that is for people: a program's token is not to make another, nor to let anybody in.
 *
 * @throws {HttpError} 403
 */
export function sessionOf(
  request: FastifyRequest,
): Login & { readonly session: NonNullable<Login['session']> } {
  const login = loginOf(request);
  const { session } = login;
  if (session === undefined)
    throw new HttpError(403, 'this is for people who are logged in, not for an API token');
  return { ...login, session };
}

/** The stores, in the name of who asks. */
export function storesOf(request: FastifyRequest, { storesFor }: AccessParts): AccessStores {
  return storesFor(actorOf(loginOf(request).principal));
}
