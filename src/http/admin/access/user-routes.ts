import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { tidyAdminName } from '../../../access/admin-name.ts';
import { checkPassword } from '../../../access/password.ts';
import { HttpError } from '../problem.ts';
import { roleSchema, sessionJson, sessionSchema, userJson, userSchema } from './access-json.ts';
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
    { config, schema: { tags, summary: 'Everybody who may log in', response: { 200: z.array(userSchema) } } },
    async () => (await parts.stores.adminUsers.list()).map(userJson),
  );
  typed.post(
    '/api/access/users',
    {
      config,
      schema: {
        tags,
        summary: 'Let somebody log in',
        body: z.strictObject({ name: z.string().max(200), role: roleSchema, password }),
        response: { 201: userSchema },
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
        summary: "Change somebody's role",
        params,
        body: z.strictObject({ role: roleSchema }),
        response: { 200: userSchema },
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
        summary: "Replace somebody's password; their sessions end",
        params,
        body: z.strictObject({ password }),
      },
    },
    async (request, reply) => {
      sessionOf(request);
      await refuseUnknown(request.params.id);
      const passwordHash = await parts.passwords.hash(checkPassword(request.body.password));
      await storesOf(request, parts).adminUsers.setPassword(request.params.id, passwordHash);
      return reply.code(204).send();
    },
  );
  typed.post(
    '/api/access/users/:id/unlock',
    { config, schema: { tags, summary: 'Let somebody try again who mistyped too often', params } },
    async (request, reply) => {
      await refuseUnknown(request.params.id);
      await storesOf(request, parts).adminUsers.unlock(request.params.id);
      return reply.code(204).send();
    },
  );
  typed.delete(
    '/api/access/users/:id',
    {
      config,
      schema: { tags, summary: 'Let somebody log in no more; their sessions and tokens end', params },
    },
    async (request, reply) => {
      await refuseUnknown(request.params.id);
      await storesOf(request, parts).adminUsers.delete(request.params.id);
      return reply.code(204).send();
    },
  );
}

function addAllSessions(app: FastifyInstance, parts: AccessParts): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/api/access/sessions',
    { config, schema: { tags, summary: "Everybody's sessions", response: { 200: z.array(sessionSchema) } } },
    async (request) => {
      const current = loginOf(request).session?.id;
      return (await parts.stores.adminSessions.list()).map((session) => sessionJson(session, current));
    },
  );
  typed.delete(
    '/api/access/sessions/:id',
    { config, schema: { tags, summary: "End somebody's session", params } },
    async (request, reply) => {
      if (await storesOf(request, parts).adminSessions.revoke(request.params.id))
        return reply.code(204).send();
      throw new HttpError(404, 'there is no such session');
    },
  );
}
