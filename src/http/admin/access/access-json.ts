import { z } from 'zod';
import type { AdminSession } from '../../../access/admin-session-store.ts';
import type { AdminUser } from '../../../access/admin-user-store.ts';
import type { ApiToken } from '../../../access/api-token-store.ts';
import { SCOPES } from '../../../access/principal.ts';
import { ROLES } from '../../../access/role.ts';
import { PROBLEM } from '../problem-schema.ts';

const time = z.iso.datetime();

/** The answer that has nothing to tell. */
export const DONE = { 204: z.null().describe('It is done.'), default: PROBLEM } as const;

/** One of the three roles. */
export const roleSchema = z.enum(ROLES);

/** Parts of the API. */
export const scopesSchema = z.array(z.enum(SCOPES));

/** An admin user as the API shows one. */
export const userSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: roleSchema,
    failed_logins: z.int(),
    locked_until: time.nullable(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'AdminUser' });

/** A login as the API shows it. */
export const sessionSchema = z
  .object({
    id: z.string(),
    user_id: z.string(),
    user: z.string(),
    address: z.string(),
    user_agent: z.string(),
    created_at: time,
    last_used_at: time,
    expires_at: time,
    current: z.boolean().describe('whether it is the one that asks'),
  })
  .meta({ id: 'Session' });

/** An API token as the API shows it: without the token. */
export const tokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    owner_id: z.string(),
    owner: z.string(),
    role: roleSchema,
    scopes: scopesSchema.describe('empty: all'),
    created_at: time,
    last_used_at: time.nullable(),
    expires_at: time.nullable(),
  })
  .meta({ id: 'ApiToken' });

/** For {@link userSchema}. */
export function userJson(user: AdminUser): z.infer<typeof userSchema> {
  return {
    id: user.id,
    name: user.name,
    role: user.role,
    failed_logins: user.failedLogins,
    locked_until: user.lockedUntil?.toISOString() ?? null,
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
  };
}

/** For {@link sessionSchema}. */
export function sessionJson(session: AdminSession, currentId?: string): z.infer<typeof sessionSchema> {
  return {
    id: session.id,
    user_id: session.adminUserId,
    user: session.userName,
    address: session.address,
    user_agent: session.userAgent,
    created_at: session.createdAt.toISOString(),
    last_used_at: session.lastUsedAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
    current: session.id === currentId,
  };
}

/** For {@link tokenSchema}. */
export function tokenJson(token: ApiToken): z.infer<typeof tokenSchema> {
  return {
    id: token.id,
    name: token.name,
    owner_id: token.adminUserId,
    owner: token.ownerName,
    role: token.role,
    scopes: [...token.scopes],
    created_at: token.createdAt.toISOString(),
    last_used_at: token.lastUsedAt?.toISOString() ?? null,
    expires_at: token.expiresAt?.toISOString() ?? null,
  };
}
