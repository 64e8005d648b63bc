import cookie from '@fastify/cookie';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { csrfTokenOf, isSame } from '../../../access/access-token.ts';
import type { Access, Login } from '../../../access/access.ts';
import { isAllowed } from '../../../access/principal.ts';
import type { HttpConfig } from '../../../config/config.ts';
import type { Logger } from '../../../observability/logger.ts';
import { HttpError } from '../problem.ts';
import { isAllowedHost } from './allowed-host.ts';
import { type Caller, createCallerOf } from './caller.ts';
import { foreignOrigin } from './own-origin.ts';
import { securityHeaders } from './security-headers.ts';
import { sessionTokenOf } from './session-cookie.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where it came from. */
    caller: Caller;
    /** As `principal`, with what that came by. */
    login: Login | undefined;
  }
}

/** What {@link createGuard} works with. */
export interface GuardOptions {
  readonly http: HttpConfig;
  readonly access: Access;
  /** Whether there is somebody who can decide who may. */
  readonly hasAdmin: () => Promise<boolean>;
  readonly logger: Logger;
}

/** The methods that change nothing. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

const NO_ADMIN =
  'there is no admin yet, so nobody can log in: open / in a browser and type the code that the host has logged, or run npm run admin -- create';

/**
 * Stands before every route: answers only to its own names, recognises who asks, and refuses whoever may not. What would
 * change something has to come from a page of its own, and a session has to show besides its cookie the token that only
 * such a page can know.
 */
export function createGuard({
  http,
  access,
  hasAdmin,
  logger,
}: GuardOptions): (app: FastifyInstance) => Promise<void> {
  let isProxyKnown = false;
  const callerOf = createCallerOf(http.trustedProxies, (proxy) => {
    if (isProxyKnown) return;
    isProxyKnown = true;
    logger.warn(
      'a proxy hands requests on and is not in HTTP_TRUSTED_PROXIES: all who come through it count as one address',
      { proxy },
    );
  });
  const hosts = { bound: http.host, allowed: http.allowedHosts };
  return async (app) => {
    await app.register(cookie);
    app.decorateRequest('login', undefined);
    app.decorateRequest('caller');
    // A body of any other type would be one that a form of another site can send.
    app.removeContentTypeParser('text/plain');
    app.addHook('onRequest', async (request, reply) => {
      request.caller = callerOf(request.raw);
      void reply.headers(securityHeaders(request.caller.isSecure));
      refuseForeignHost(request, hosts);
      if (!SAFE.has(request.method)) refuseForeignOrigin(request, http.allowedOrigins);
      const needs = request.routeOptions.config.needs;
      // Without an admin there is nobody to be recognised, and no need to ask.
      request.login = await recognise(request, access);
      request.principal = request.login?.principal;
      request.recognise = async () => (await recognise(request, access))?.principal;
      if (needs === 'nobody') return;
      if (needs === undefined && !isOfApi(request)) return;
      if (request.principal === undefined) {
        void reply.header('www-authenticate', 'Bearer realm="Troupe"');
        throw new HttpError(401, (await hasAdmin()) ? whyNobody(request) : NO_ADMIN);
      }
      if (needs === undefined || needs === 'somebody') return;
      if (!isAllowed(request.principal, needs)) throw forbidden(request.principal, needs);
    });
    app.addHook('preValidation', (request, _reply, done) => {
      refuseForgery(request);
      done();
    });
  };
}

/** For routes that are not there: nobody learns which ones are. */
function isOfApi({ url }: FastifyRequest): boolean {
  return /^\/+(api|%61pi)/i.test(url);
}

function refuseForeignHost({ headers }: FastifyRequest, hosts: Parameters<typeof isAllowedHost>[1]): void {
  if (isAllowedHost(headers.host, hosts)) return;
  const name = JSON.stringify((headers.host ?? '').slice(0, 200));
  throw new HttpError(421, `nothing here answers to the name ${name}`, {
    remedy: 'If it should, add the name to HTTP_ALLOWED_HOSTS',
  });
}

function refuseForeignOrigin(request: FastifyRequest, allowed: readonly string[]): void {
  const { headers, caller } = request;
  const site = headers['sec-fetch-site'];
  const reason = foreignOrigin(
    {
      origin: headers.origin,
      fetchSite: typeof site === 'string' ? site : undefined,
      host: headers.host,
      isSecure: caller.isSecure,
    },
    allowed,
  );
  if (reason !== undefined) throw new HttpError(403, `refused: ${reason}`);
}

/** A program's token counts before a browser's cookie. */
async function recognise(request: FastifyRequest, access: Access): Promise<Login | undefined> {
  const { authorization } = request.headers;
  // A proxy may have a login of its own, which is none here.
  if (/^Bearer\b/i.test(authorization ?? '')) {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
    return token === undefined ? undefined : access.ofApiToken(token);
  }
  const token = sessionTokenOf(request);
  return token === undefined ? undefined : access.ofSession(token);
}

function whyNobody(request: FastifyRequest): string {
  if (request.headers.authorization !== undefined) {
    return 'this is not a token that is good for anything, or no longer: Authorization: Bearer troupe_pat_…';
  }
  return sessionTokenOf(request) === undefined
    ? 'log in first, or send a token: Authorization: Bearer troupe_pat_…'
    : 'the session is over; log in again';
}

function forbidden(
  { name, role, scopes }: NonNullable<FastifyRequest['principal']>,
  needed: { readonly role: string; readonly scope: string },
): HttpError {
  const own = scopes.length === 0 ? role : `${role}, only for ${scopes.join(', ')}`;
  return new HttpError(
    403,
    `this needs the role ${needed.role} for ${needed.scope}, and ${JSON.stringify(name)} is ${own}`,
  );
}

/** Programs with a token need nothing more: no page can have a browser send it. */
function refuseForgery(request: FastifyRequest): void {
  const needs = request.routeOptions.config.needs;
  if (SAFE.has(request.method) || needs === 'nobody' || request.login?.session === undefined) return;
  const header = request.headers['x-csrf-token'];
  const field = (request.body as { readonly csrf_token?: unknown } | null | undefined)?.csrf_token;
  const shown = typeof header === 'string' ? header : field;
  const expected = csrfTokenOf(sessionTokenOf(request) ?? '');
  if (typeof shown === 'string' && isSame(shown, expected)) return;
  throw new HttpError(
    403,
    'the header X-CSRF-Token is missing or not of this session: GET /api/session has it',
  );
}
