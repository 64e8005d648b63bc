import type { FastifyInstance } from 'fastify';
import { isAllowed, type Principal, type Scope } from '../../src/access/principal.ts';
import type { Role } from '../../src/access/role.ts';
import { HttpError } from '../../src/http/admin/problem.ts';

/** Callers as the fake guard knows them: `viewer`, or `operator:agents` for a token that is limited to one part. */
export type Caller = Role | `${Role}:${Scope}`;

/** What a caller sends to be recognised. */
export function headersOf(caller: Caller | undefined): Record<string, string> {
  return caller === undefined ? {} : { authorization: `Bearer ${caller}` };
}

/** Believes whatever somebody says they are; otherwise it does what a guard has to do. */
export function fakeGuard(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { needs } = request.routeOptions.config;
    request.principal = principalOf(request.headers.authorization);
    request.recognise = () => Promise.resolve(request.principal);
    if (needs === 'nobody') done();
    else if (request.principal === undefined) done(new HttpError(401, 'this needs a login'));
    else if (needs !== undefined && needs !== 'somebody' && !isAllowed(request.principal, needs))
      done(new HttpError(403, 'not allowed'));
    else done();
  });
}

function principalOf(authorization: string | undefined): Principal | undefined {
  const [role, scope] = authorization?.replace('Bearer ', '').split(':') ?? [];
  if (role === undefined) return undefined;
  const scopes = scope === undefined ? [] : [scope as Scope];
  return { kind: 'api-token', id: role, name: role, role: role as Role, scopes };
}
