import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { csrfTokenOf } from '../../../access/access-token.ts';
import type { LoginAttempt, LoginOutcome } from '../../../access/access.ts';
import { checkPassword } from '../../../access/password.ts';
import { clearSessionCookie, sessionTokenOf, setSessionCookie } from '../guard/session-cookie.ts';
import { LIST_QUERY, NEWEST_FIRST, pageOf, toKeyedPage } from '../paging.ts';
import { HttpError } from '../problem.ts';
import { PROBLEM } from '../problem-schema.ts';
import { DONE, roleSchema, scopesSchema, sessionJson, sessionSchema } from './access-json.ts';
import { type AccessParts, loginOf, sessionOf, storesOf } from './access-parts.ts';

const tags = ['session'];
const idParams = z.object({ id: z.string().max(36) });

const whoSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['admin-user', 'api-token']),
  role: roleSchema,
  scopes: scopesSchema.describe('empty: all'),
  csrf_token: z
    .string()
    .nullable()
    .describe('for the header X-CSRF-Token; null for an API token, which needs none'),
  expires_at: z.iso.datetime().nullable(),
});

/** Logging in and out, and one's own sessions. */
export function addSessionRoutes(app: FastifyInstance, parts: AccessParts): void {
  addLogin(app, parts);
  addOwn(app, parts);
  addOwnSessions(app, parts);
}

/**
 * What {@link LoginAttempt} needs of a request.
 *
 * @param name - as it was typed
 */
export function attemptOf({ caller, headers }: FastifyRequest, name: string, password: string): LoginAttempt {
  return { name, password, address: caller.address, userAgent: headers['user-agent'] ?? '' };
}

/** Has the browser keep the session; or says why there is none. @throws {HttpError} 401, 429 */
export function letIn(request: FastifyRequest, reply: FastifyReply, outcome: LoginOutcome): string {
  if (outcome.kind === 'in') {
    setSessionCookie(request, reply, outcome.token, outcome.session.expiresAt);
    return outcome.token;
  }
  if (outcome.kind === 'wrong') throw new HttpError(401, 'the name or the password is wrong');
  throw tooMany(reply, outcome.pause);
}

/** @param pause - in milliseconds */
export function tooMany(reply: FastifyReply, pause: number): HttpError {
  const seconds = Math.ceil(pause / 1_000);
  void reply.header('retry-after', seconds);
  return new HttpError(429, `too many tries; the next one counts in ${seconds} seconds`);
}

function addLogin(app: FastifyInstance, { access, hasAdmin }: AccessParts): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    '/api/session',
    {
      config: { needs: 'nobody', isIdempotent: false },
      schema: {
        tags,
        operationId: 'logIn',
        summary: 'Log in; the session is in a cookie',
        body: z.strictObject({ name: z.string().max(200), password: z.string().max(1_024) }),
        security: [],
        response: { 200: whoSchema, default: PROBLEM },
      },
    },
    async (request, reply) => {
      if (!(await hasAdmin())) throw new HttpError(401, 'there is no admin yet: open / in a browser');
      const { name, password } = request.body;
      const outcome = await access.login(attemptOf(request, name, password));
      const token = letIn(request, reply, outcome);
      const login = await access.ofSession(token);
      if (login === undefined) throw new HttpError(401, 'the session was ended at once');
      request.login = login;
      return whoJson(request, token);
    },
  );
}

function addOwn(app: FastifyInstance, parts: AccessParts): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/api/session',
    {
      config: { needs: 'somebody' },
      schema: {
        tags,
        operationId: 'getSession',
        summary: 'Who asks, and what they may',
        response: { 200: whoSchema, default: PROBLEM },
      },
    },
    (request) => whoJson(request, sessionTokenOf(request)),
  );
  typed.delete(
    '/api/session',
    {
      config: { needs: 'somebody' },
      schema: { tags, operationId: 'logOut', summary: 'Log out', response: DONE },
    },
    async (request, reply) => {
      await storesOf(request, parts).adminSessions.revoke(sessionOf(request).session.id);
      clearSessionCookie(request, reply);
      return reply.code(204).send(null);
    },
  );
  typed.put(
    '/api/session/password',
    {
      config: { needs: 'somebody' },
      schema: {
        tags,
        operationId: 'changeOwnPassword',
        summary: "Change one's own password; one's other sessions end",
        body: z.strictObject({ current: z.string().max(1_024), password: z.string().max(1_024) }),
        response: DONE,
      },
    },
    async (request, reply) => {
      const { session, adminUserId, principal } = sessionOf(request);
      const { adminUsers } = storesOf(request, parts);
      const password = checkPassword(request.body.password);
      // As a login: whoever sits at somebody's open browser must not guess at leisure.
      const pause = await parts.access.confirm(principal.name, request.body.current, request.caller.address);
      if (pause === 'wrong') throw new HttpError(403, 'the current password is wrong');
      if (pause !== 'right') throw tooMany(reply, pause);
      await adminUsers.setPassword(adminUserId, await parts.passwords.hash(password), session.id);
      return reply.code(204).send(null);
    },
  );
}

function addOwnSessions(app: FastifyInstance, parts: AccessParts): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/api/sessions',
    {
      config: { needs: 'somebody' },
      schema: {
        tags,
        operationId: 'listOwnSessions',
        summary: "One's own sessions",
        querystring: LIST_QUERY,
        response: { 200: pageOf(sessionSchema), default: PROBLEM },
      },
    },
    async (request) => {
      const { session, adminUserId } = sessionOf(request);
      const all = await parts.stores.adminSessions.list(adminUserId);
      return toKeyedPage(all, request.query, {
        ...NEWEST_FIRST,
        show: (one) => sessionJson(one, session.id),
      });
    },
  );
  typed.delete(
    '/api/sessions',
    {
      config: { needs: 'somebody' },
      schema: {
        tags,
        operationId: 'endOtherSessions',
        summary: "End one's other sessions",
        response: { 200: z.object({ ended: z.int() }), default: PROBLEM },
      },
    },
    async (request) => {
      const { session, adminUserId } = sessionOf(request);
      return { ended: await storesOf(request, parts).adminSessions.revokeAll(adminUserId, session.id) };
    },
  );
  typed.delete(
    '/api/sessions/:id',
    {
      config: { needs: 'somebody' },
      schema: {
        tags,
        operationId: 'endOwnSession',
        summary: "End one of one's own sessions",
        params: idParams,
        response: DONE,
      },
    },
    async (request, reply) => {
      const { adminUserId } = sessionOf(request);
      const own = await parts.stores.adminSessions.list(adminUserId);
      const found = own.some(({ id }) => id === request.params.id);
      const { adminSessions } = storesOf(request, parts);
      if (!found || !(await adminSessions.revoke(request.params.id))) {
        throw new HttpError(404, 'there is no such session of yours');
      }
      return reply.code(204).send(null);
    },
  );
}

function whoJson(request: FastifyRequest, token: string | undefined): z.infer<typeof whoSchema> {
  const { principal, session, expiresAt } = loginOf(request);
  return {
    id: principal.id,
    name: principal.name,
    kind: principal.kind,
    role: principal.role,
    scopes: [...principal.scopes],
    csrf_token: session === undefined || token === undefined ? null : csrfTokenOf(token),
    expires_at: expiresAt?.toISOString() ?? null,
  };
}
