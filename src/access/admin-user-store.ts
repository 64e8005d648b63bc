import type { Role } from './role.ts';

/** Somebody who may log in. Not a user on Discord. */
export interface AdminUser {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Wrong passwords since the last right one. */
  readonly failedLogins: number;
  /** No password is looked at before this time; undefined: it is. */
  readonly lockedUntil: Date | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** An {@link AdminUser} with what a password is compared with. */
export interface AdminUserWithPassword extends AdminUser {
  /** A PHC string. */
  readonly passwordHash: string;
}

/** Somebody new. */
export interface NewAdminUser {
  readonly name: string;
  readonly role: Role;
  /** A PHC string. */
  readonly passwordHash: string;
}

/** What became of a try to log in. */
export interface Try {
  /** Whether the password may be compared. */
  readonly isAllowed: boolean;
  /** Until when nobody may try again; undefined: anybody may. */
  readonly lockedUntil: Date | undefined;
}

/** Who may log in. Whatever changes that is on record in the audit log, and happens as a whole or not at all. */
export interface AdminUserStore {
  /** By name. */
  list(): Promise<AdminUser[]>;
  /** By a name, however its letters are written. */
  find(name: string): Promise<AdminUserWithPassword | undefined>;
  /** Whether there is somebody of the role admin. */
  hasAdmin(): Promise<boolean>;
  /**
   * @throws {InputError} when the name is taken
   */
  create(user: NewAdminUser): Promise<AdminUser>;
  /**
   * Makes the first admin.
   *
   * @throws {ConflictError} when there is an admin already
   */
  createFirst(user: Omit<NewAdminUser, 'role'>): Promise<AdminUser>;
  /**
   * @throws {InputError} when there is no such user, or nobody of the role admin would be left
   */
  setRole(id: string, role: Role): Promise<AdminUser>;
  /**
   * Replaces a password, and takes away a lock.
   *
   * @param keptSession - the only session that stays; default: all of them end
   * @throws {InputError} when there is no such user
   */
  setPassword(id: string, passwordHash: string, keptSession?: string): Promise<void>;
  /** Keeps the same password under other parameters: not a change of anything. */
  renewPasswordHash(id: string, from: string, to: string): Promise<void>;
  /**
   * Takes somebody away, with their sessions and tokens.
   *
   * @throws {InputError} when there is no such user, or nobody of the role admin would be left
   */
  delete(id: string): Promise<void>;
  /** Takes away a lock. Returns whether there was one, or a wrong password. */
  unlock(id: string): Promise<boolean>;
  /**
   * Counts a try of a password before it is compared, as if it were wrong: however many come at once, on whatever hosts,
   * no more are compared than are counted.
   *
   * @param lockFor - how long nobody may try again after so many wrong ones, in milliseconds; 0: not at all
   * @param isKnown - whether it is let through a lock
   */
  takeTry(id: string, lockFor: (failures: number) => number, isKnown: boolean): Promise<Try>;
  /** Writes down that the password was right. */
  recordSuccess(id: string): Promise<void>;
}
