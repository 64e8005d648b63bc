import type { Scope } from './principal.ts';
import type { Role } from './role.ts';

/** A token for programs. The token itself is shown once and kept nowhere. */
export interface ApiToken {
  readonly id: string;
  /** Who made it: it never may more than they may now. */
  readonly adminUserId: string;
  readonly ownerName: string;
  /** Of the owner, now. */
  readonly ownerRole: Role;
  readonly name: string;
  readonly role: Role;
  /** Empty: all. */
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly lastUsedAt: Date | undefined;
  /** Undefined: never. */
  readonly expiresAt: Date | undefined;
}

/** A token that is made. */
export interface NewApiToken {
  readonly adminUserId: string;
  readonly name: string;
  readonly tokenHash: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | undefined;
}

/** Tokens for programs. Making and revoking one is on record in the audit log. */
export interface ApiTokenStore {
  create(token: NewApiToken): Promise<ApiToken>;
  /** By the token, hashed. Those that are over are found as well. */
  find(tokenHash: string): Promise<ApiToken | undefined>;
  /** Writes down that it was used just now. */
  touch(id: string): Promise<void>;
  /** Newest first. @param adminUserId - default: of all users */
  list(adminUserId?: string): Promise<ApiToken[]>;
  /** Ends one. Returns whether it was there. */
  revoke(id: string): Promise<boolean>;
}
