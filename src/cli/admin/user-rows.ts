import type { AdminUser } from '../../access/admin-user-store.ts';
import type { ApiToken } from '../../access/api-token-store.ts';
import { printable } from '../../agents-file/show-value.ts';
import { alignedTable } from '../aligned-table.ts';
import { minute } from '../minute.ts';

/** An admin user for a program. */
export function userAsJson(user: AdminUser): object {
  return {
    id: user.id,
    name: user.name,
    role: user.role,
    failed_logins: user.failedLogins,
    locked_until: user.lockedUntil?.toISOString() ?? null,
    created_at: user.createdAt.toISOString(),
  };
}

/** Admin users for a person. */
export function userTable(users: readonly AdminUser[]): string {
  const rows = users.map(({ name, role, lockedUntil, createdAt }) => [
    printable(name),
    role,
    minute(createdAt),
    lockedUntil !== undefined && lockedUntil > new Date() ? `until ${minute(lockedUntil)}` : '-',
  ]);
  return alignedTable([['NAME', 'ROLE', 'SINCE', 'LOCKED'], ...rows]);
}

/** An API token for a program, without the token. */
export function tokenAsJson(token: ApiToken): object {
  return {
    id: token.id,
    name: token.name,
    owner: token.ownerName,
    role: token.role,
    scopes: token.scopes,
    created_at: token.createdAt.toISOString(),
    last_used_at: token.lastUsedAt?.toISOString() ?? null,
    expires_at: token.expiresAt?.toISOString() ?? null,
  };
}

/** API tokens for a person. */
export function tokenTable(tokens: readonly ApiToken[]): string {
  const rows = tokens.map(({ id, name, ownerName, role, scopes, lastUsedAt, expiresAt }) => [
    id,
    printable(name),
    printable(ownerName),
    role,
    scopes.length === 0 ? 'all' : scopes.join(' '),
    lastUsedAt === undefined ? 'never' : minute(lastUsedAt),
    expiresAt === undefined ? 'never' : minute(expiresAt),
  ]);
  return alignedTable([['ID', 'NAME', 'OWNER', 'ROLE', 'SCOPES', 'LAST USED', 'EXPIRES'], ...rows]);
}
