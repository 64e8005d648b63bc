import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { hashToken, makeToken } from '../../../access/access-token.ts';
import { tidyAdminName } from '../../../access/admin-name.ts';
import { includesRole } from '../../../access/role.ts';
import { LIST_QUERY, NEWEST_FIRST, pageOf, toKeyedPage } from '../paging.ts';
import { HttpError } from '../problem.ts';
import { PROBLEM } from '../problem-schema.ts';
import { DONE, roleSchema, scopesSchema, tokenJson, tokenSchema } from './access-json.ts';
import { type AccessParts, sessionOf, storesOf } from './access-parts.ts';

const tags = ['tokens'];
const params = z.object({ id: z.string().max(36) });

/** In milliseconds. */
const DAY = 86_400_000;

/** Tokens for programs: everybody's own, and all of them for admins. */
export function addTokenRoutes(app: FastifyInstance, parts: AccessParts): void {
  addOwnTokens(app, parts);
  addAllTokens(app, parts);
}

function addOwnTokens(app: FastifyInstance, parts: AccessParts): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/api/tokens',
    {
      config: { needs: 'somebody' },
      schema: {
        tags,
        operationId: 'listOwnTokens',
        summary: "One's own API tokens",
        querystring: LIST_QUERY,
        response: { 200: pageOf(tokenSchema), default: PROBLEM },
      },
    },
    async (request) => {
      const own = await parts.stores.apiTokens.list(sessionOf(request).adminUserId);
      return toKeyedPage(own, request.query, { ...NEWEST_FIRST, show: tokenJson });
    },
  );
  typed.post(
    '/api/tokens',
    {
      config: { needs: 'somebody', isIdempotent: false },
      schema: {
        tags,
        operationId: 'createToken',
        summary: 'Make an API token; it is shown this once',
        body: z.strictObject({
          name: z.string().max(80),
          role: roleSchema.describe("no more than one's own"),
          scopes: scopesSchema.default([]).describe('empty: all'),
          expires_in_days: z.int().min(1).max(3_650).nullable().default(90).describe('null: never'),
        }),
        response: { 201: tokenSchema.extend({ token: z.string() }), default: PROBLEM },
      },
    },
    async (request, reply) => {
      const { adminUserId, principal } = sessionOf(request);
      const { role, scopes, expires_in_days: days } = request.body;
      if (!includesRole(principal.role, role)) {
        throw new HttpError(403, `a token may be no more than its owner, who is ${principal.role}`);
      }
      const token = makeToken('api-token');
      const made = await storesOf(request, parts).apiTokens.create({
        adminUserId,
        name: tidyAdminName(request.body.name),
        tokenHash: hashToken(token),
        role,
        scopes: [...new Set(scopes)],
        expiresAt: days === null ? undefined : new Date(parts.now() + days * DAY),
      });
      return reply.code(201).send({ ...tokenJson(made), token });
    },
  );
  typed.delete(
    '/api/tokens/:id',
    {
      config: { needs: 'somebody' },
      schema: {
        tags,
        operationId: 'endOwnToken',
        summary: "End one of one's own API tokens",
        params,
        response: DONE,
      },
    },
    async (request, reply) => {
      const own = await parts.stores.apiTokens.list(sessionOf(request).adminUserId);
      const found = own.some(({ id }) => id === request.params.id);
      if (found && (await storesOf(request, parts).apiTokens.revoke(request.params.id))) {
        return reply.code(204).send(null);
      }
      throw new HttpError(404, 'there is no such token of yours');
    },
  );
}

function addAllTokens(app: FastifyInstance, parts: AccessParts): void {
  const config = { needs: { role: 'admin', scope: 'access' } } as const;
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/api/access/tokens',
    {
      config,
      schema: {
        tags,
        operationId: 'listTokens',
        summary: "Everybody's API tokens",
        querystring: LIST_QUERY,
        response: { 200: pageOf(tokenSchema), default: PROBLEM },
      },
    },
    async ({ query }) =>
      toKeyedPage(await parts.stores.apiTokens.list(), query, { ...NEWEST_FIRST, show: tokenJson }),
  );
  typed.delete(
    '/api/access/tokens/:id',
    {
      config,
      schema: { tags, operationId: 'endToken', summary: "End somebody's API token", params, response: DONE },
    },
    async (request, reply) => {
      if (await storesOf(request, parts).apiTokens.revoke(request.params.id))
        return reply.code(204).send(null);
      throw new HttpError(404, 'there is no such token');
    },
  );
}
