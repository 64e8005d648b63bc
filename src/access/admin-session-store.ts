import type { Role } from './role.ts';

/** A login of an admin user. */
export interface AdminSession {
  readonly id: string;
  readonly adminUserId: string;
  /** Of that user. */
  readonly userName: string;
  /** Of that user, now. */
  readonly role: Role;
  /** Where it was opened, for people. */
  readonly address: string;
  /** What the browser called itself. */
  readonly userAgent: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  /** It ends then, however much it is used. */
  readonly expiresAt: Date;
}

/** A login that begins. */
export interface NewAdminSession {
  readonly adminUserId: string;
  /** What the password was found to fit. */
  readonly passwordHash: string;
  readonly tokenHash: string;
  readonly address: string;
  readonly userAgent: string;
  readonly expiresAt: Date;
}

/** Logins. Beginning and revoking one is on record in the audit log. */
export interface AdminSessionStore {
  /**
   * Also takes away those of all users that are over.
   *
   * @returns undefined when the user has another password by now, or is gone: nothing was opened
   */
  open(session: NewAdminSession): Promise<AdminSession | undefined>;
  /** By what the browser holds, hashed. Those that are over are found as well. */
  find(tokenHash: string): Promise<AdminSession | undefined>;
  /** Writes down that it was used just now. */
  touch(id: string): Promise<void>;
  /** Newest first. @param adminUserId - default: of all users */
  list(adminUserId?: string): Promise<AdminSession[]>;
  /** Ends one. Returns whether it was there. */
  revoke(id: string): Promise<boolean>;
  /** Ends those of a user but one. Returns how many. */
  revokeAll(adminUserId: string, except?: string): Promise<number>;
  /** Whether a user has a session that was opened from an address. */
  knowsAddress(adminUserId: string, address: string): Promise<boolean>;
}
