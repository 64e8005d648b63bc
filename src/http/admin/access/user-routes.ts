import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { adminNameKey, tidyAdminName } from '../../../access/admin-name.ts';
import { checkPassword } from '../../../access/password.ts';
import { LIST_QUERY, NEWEST_FIRST, pageOf, toKeyedPage } from '../paging.ts';
import { HttpError } from '../problem.ts';
import { PROBLEM } from '../problem-schema.ts';
import { DONE, roleSchema, sessionJson, sessionSchema, userJson, userSchema } from './access-json.ts';
import { type AccessParts, loginOf, sessionOf, storesOf } from './access-parts.ts';

const config = { needs: { role: 'admin', scope: 'access' } } as const;
const tags = ['access'];
const params = z.object({ id: z.string().max(36) });
const password = z.string().max(1_024);

/** Who may log in, for admins. */
export function addUserRoutes(app: FastifyInstance, parts: AccessParts): void {
  addUsers(app, parts);
  addOneUser(app, parts);
  addAllSessions(app, parts);
}

function addUsers(app: FastifyInstance, parts: AccessParts): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/api/access/users',
    {
      config,
      schema: {
        tags,
        operationId: 'listAdminUsers',
        summary: 'Everybody who may log in',
        querystring: LIST_QUERY,
        response: { 200: pageOf(userSchema), default: PROBLEM },
      },
    },
    async ({ query }) =>
      toKeyedPage(await parts.stores.adminUsers.list(), query, {
        keyOf: ({ name }) => adminNameKey(name),
        show: userJson,
      }),
  );
  typed.post(
    '/api/access/users',
    {
      config: { ...config, isIdempotent: false },
      schema: {
        tags,
        operationId: 'createAdminUser',
        summary: 'Let somebody log in',
        body: z.strictObject({ name: z.string().max(200), role: roleSchema, password }),
        response: { 201: userSchema, default: PROBLEM },
      },
    },
    async (request, reply) => {
      sessionOf(request);
      const { role } = request.body;
      const name = tidyAdminName(request.body.name);
      const passwordHash = await parts.passwords.hash(checkPassword(request.body.password));
      const user = await storesOf(request, parts).adminUsers.create({ name, role, passwordHash });
      return reply.code(201).send(userJson(user));
    },
  );
}

function addOneUser(app: FastifyInstance, parts: AccessParts): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const refuseUnknown = async (id: string): Promise<void> => {
    const users = await parts.stores.adminUsers.list();
    if (!users.some((user) => user.id === id)) throw new HttpError(404, 'there is no such admin user');
  };
  typed.patch(
    '/api/access/users/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'updateAdminUser',
        summary: "Change somebody's role",
        params,
        body: z.strictObject({ role: roleSchema }),
        response: { 200: userSchema, default: PROBLEM },
      },
    },
    async (request) => {
      sessionOf(request);
      await refuseUnknown(request.params.id);
      return userJson(
        await storesOf(request, parts).adminUsers.setRole(request.params.id, request.body.role),
      );
    },
  );
  typed.put(
    '/api/access/users/:id/password',
    {
      config,
      schema: {
        tags,
        operationId: 'setAdminUserPassword',
        summary: "Replace somebody's password; their sessions end",
        params,
        body: z.strictObject({ password }),
        response: DONE,
      },
    },
    async (request, reply) => {
      sessionOf(request);
      await refuseUnknown(request.params.id);
      const passwordHash = await parts.passwords.hash(checkPassword(request.body.password));
      await storesOf(request, parts).adminUsers.setPassword(request.params.id, passwordHash);
      return reply.code(204).send(null);
    },
  );
  typed.post(
    '/api/access/users/:id/unlock',
    {
      config,
      schema: {
        tags,
        operationId: 'unlockAdminUser',
        summary: 'Let somebody try again who mistyped too often',
        params,
        response: DONE,
      },
    },
    async (request, reply) => {
      await refuseUnknown(request.params.id);
      await storesOf(request, parts).adminUsers.unlock(request.params.id);
      return reply.code(204).send(null);
    },
  );
  typed.delete(
    '/api/access/users/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'deleteAdminUser',
        summary: 'Let somebody log in no more; their sessions and tokens end',
        params,
        response: DONE,
      },
    },
    async (request, reply) => {
      await refuseUnknown(request.params.id);
      await storesOf(request, parts).adminUsers.delete(request.params.id);
      return reply.code(204).send(null);
    },
  );
}

function addAllSessions(app: FastifyInstance, parts: AccessParts): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/api/access/sessions',
    {
      config,
      schema: {
        tags,
        operationId: 'listSessions',
        summary: "Everybody's sessions",
        querystring: LIST_QUERY,
        response: { 200: pageOf(sessionSchema), default: PROBLEM },
      },
    },
    async (request) => {
      const current = loginOf(request).session?.id;
      return toKeyedPage(await parts.stores.adminSessions.list(), request.query, {
        ...NEWEST_FIRST,
        show: (session) => sessionJson(session, current),
      });
    },
  );
  typed.delete(
    '/api/access/sessions/:id',
    {
      config,
      schema: { tags, operationId: 'endSession', summary: "End somebody's session", params, response: DONE },
    },
    async (request, reply) => {
      if (await storesOf(request, parts).adminSessions.revoke(request.params.id))
        return reply.code(204).send(null);
      throw new HttpError(404, 'there is no such session');
    },
  );
}
