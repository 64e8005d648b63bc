import type { Actor } from '../audit/audit-log.ts';
import type { Logger } from '../observability/logger.ts';
import { hashToken, isToken, makeToken } from './access-token.ts';
import { addressKeys } from './address-keys.ts';
import { adminNameKey, tidyAdminName } from './admin-name.ts';
import type { AdminSession, AdminSessionStore } from './admin-session-store.ts';
import type { AdminUserStore, AdminUserWithPassword, Try } from './admin-user-store.ts';
import type { ApiTokenStore } from './api-token-store.ts';
import { lockAfter } from './lockout.ts';
import { createNameLocks } from './name-locks.ts';
import { checkPassword, type Passwords } from './password.ts';
import type { Principal } from './principal.ts';
import { lowerRole } from './role.ts';
import { createTryLimit, type TryLimit } from './try-limit.ts';

/** Where it stands who may. */
export interface AccessStores {
  readonly adminUsers: AdminUserStore;
  readonly adminSessions: AdminSessionStore;
  readonly apiTokens: ApiTokenStore;
}

/** What {@link createAccess} needs. */
export interface AccessOptions {
  readonly stores: AccessStores;
  /** The same, with changes on record in somebody's name. */
  readonly storesFor: (actor: Actor) => AccessStores;
  readonly passwords: Passwords;
  readonly now: () => number;
  readonly logger: Logger;
}

/** Somebody who asks to be let in. */
export interface LoginAttempt {
  readonly name: string;
  readonly password: string;
  readonly address: string;
  readonly userAgent: string;
}

/** What became of it. */
export type LoginOutcome =
  | { readonly kind: 'in'; readonly token: string; readonly session: AdminSession }
  | { readonly kind: 'wrong' }
  /** Nothing is looked at for so many milliseconds. */
  | { readonly kind: 'locked'; readonly pause: number };

/** Somebody who was recognised. */
export interface Login {
  readonly principal: Principal;
  /** The admin user: for a token, the one who made it. */
  readonly adminUserId: string;
  /** Undefined for an API token. */
  readonly session: AdminSession | undefined;
  /** When it ends at the latest; undefined: never. */
  readonly expiresAt: Date | undefined;
}

/** Decides who somebody is. What they may is decided by `isAllowed`. */
export interface Access {
  login(attempt: LoginAttempt): Promise<LoginOutcome>;
  /**
   * Makes the first admin, and lets them in.
   *
   * @throws {InputError} when the name or the password cannot be one
   * @throws {ConflictError} when there is an admin already
   */
  createFirstAdmin(attempt: LoginAttempt): Promise<LoginOutcome>;
  /** Whose session this is; undefined when it is nobody's, or over. */
  ofSession(token: string): Promise<Login | undefined>;
  /** Whose API token this is; undefined when it is nobody's, or over. */
  ofApiToken(token: string): Promise<Login | undefined>;
  /**
   * Whether that is somebody's password, who is logged in. Wrong ones count as with a login.
   *
   * @returns a number: nothing is looked at for so many milliseconds
   */
  confirm(name: string, password: string, address: string): Promise<'right' | 'wrong' | number>;
}

/** In milliseconds. A session ends when it was not used for so long, and in any case after so long. */
export const SESSION_TIMES = { idle: 8 * 3_600_000, longest: 7 * 24 * 3_600_000 } as const;

/** In milliseconds: how exactly it is known when something was used last. */
const TOUCH_INTERVAL = 60_000;

/** Wrong passwords from one address (of IPv6, a /64), whatever the names; and from a /48. */
const OF_ADDRESS = [
  { tries: 20, window: 600_000, keys: 10_000 },
  { tries: 100, window: 600_000, keys: 10_000 },
] as const;

/** A password for a name. */
type Named = Omit<LoginAttempt, 'userAgent'>;

/** Recognises people by password and session, and programs by API token. */
export function createAccess(options: AccessOptions): Access {
  const { stores, storesFor, passwords, now, logger } = options;
  const limits = OF_ADDRESS.map((limit) => createTryLimit({ ...limit, now }));
  const unknownNames = createNameLocks(now);

  /** What counts tries from an address, each with the key that it counts under. */
  const countersOf = (address: string): { readonly limit: TryLimit; readonly key: string }[] =>
    addressKeys(address).flatMap((key, index) => {
      const limit = limits[index];
      return limit === undefined ? [] : [{ limit, key }];
    });

  /** Whoever is logged in there already is not kept out by somebody elsewhere who guesses. */
  async function takeTry({ name, address }: Named, user?: AdminUserWithPassword): Promise<Try> {
    if (user === undefined) {
      const pause = unknownNames.take(adminNameKey(name));
      return { isAllowed: pause === 0, lockedUntil: new Date(now() + pause) };
    }
    const isLocked = (user.lockedUntil?.getTime() ?? 0) > now();
    const isKnown = isLocked && (await stores.adminSessions.knowsAddress(user.id, address));
    return stores.adminUsers.takeTry(user.id, lockAfter, isKnown);
  }

  /** Undefined: the name or the password is wrong; a number: nothing is looked at for so many milliseconds. */
  async function recogniseByPassword(attempt: Named): Promise<AdminUserWithPassword | number | undefined> {
    const counters = countersOf(attempt.address);
    const pauseOfAddress = (): number => Math.max(...counters.map(({ limit, key }) => limit.pauseOf(key)));
    if (pauseOfAddress() > 0) return pauseOfAddress();
    return passwords.inTurn(async () => {
      // Others of the same address may have been wrong meanwhile.
      if (pauseOfAddress() > 0) return pauseOfAddress();
      const user = await stores.adminUsers.find(attempt.name);
      const { isAllowed, lockedUntil } = await takeTry(attempt, user);
      if (!isAllowed) return Math.max(1, (lockedUntil?.getTime() ?? 0) - now());
      for (const { limit, key } of counters) limit.fail(key);
      if ((await passwords.matches(attempt.password, user?.passwordHash)) && user !== undefined) {
        for (const { limit, key } of counters) limit.forgive(key);
        await stores.adminUsers.recordSuccess(user.id);
        return user;
      }
      if (user !== undefined && lockedUntil !== undefined) {
        logger.warn('wrong passwords: nobody may try again under this name for a while', {
          user: user.name,
          until: lockedUntil.toISOString(),
          address: attempt.address,
        });
      }
      return undefined;
    });
  }

  /** Wrong after all where the password is another one by now. */
  async function open(
    user: { readonly id: string; readonly name: string; readonly passwordHash: string },
    { address, userAgent }: LoginAttempt,
  ): Promise<LoginOutcome> {
    const token = makeToken('session');
    const { adminSessions } = storesFor({ kind: 'admin-user', id: user.id, name: user.name });
    const session = await adminSessions.open({
      adminUserId: user.id,
      passwordHash: user.passwordHash,
      tokenHash: hashToken(token),
      address,
      userAgent,
      expiresAt: new Date(now() + SESSION_TIMES.longest),
    });
    return session === undefined ? { kind: 'wrong' } : { kind: 'in', token, session };
  }

  function touch(
    lastUsedAt: Date | undefined,
    store: { touch(id: string): Promise<void> },
    id: string,
  ): void {
    if (now() - (lastUsedAt?.getTime() ?? 0) < TOUCH_INTERVAL) return;
    // Nobody waits for it, and a request is not refused for it.
    store.touch(id).catch((error: unknown) => {
      logger.debug('could not write down that a login was used', { error });
    });
  }

  return {
    async login(attempt) {
      const user = await recogniseByPassword(attempt);
      if (typeof user === 'number') return { kind: 'locked', pause: user };
      if (user === undefined) return { kind: 'wrong' };
      if (!passwords.isOutdated(user.passwordHash)) return open(user, attempt);
      const fresh = await passwords.hash(attempt.password.normalize('NFKC'));
      await stores.adminUsers.renewPasswordHash(user.id, user.passwordHash, fresh);
      return open({ ...user, passwordHash: fresh }, attempt);
    },
    async createFirstAdmin(attempt) {
      const name = tidyAdminName(attempt.name);
      const passwordHash = await passwords.hash(checkPassword(attempt.password));
      // They are nobody yet: it is the host that lets them be somebody, since they knew its code.
      const user = await stores.adminUsers.createFirst({ name, passwordHash });
      logger.info('the first admin was made', { user: name, address: attempt.address });
      return open({ ...user, passwordHash }, attempt);
    },
    async ofSession(token) {
      if (!isToken('session', token)) return undefined;
      const session = await stores.adminSessions.find(hashToken(token));
      if (session === undefined || isOver(session, now())) return undefined;
      touch(session.lastUsedAt, stores.adminSessions, session.id);
      const { adminUserId, userName: name, role } = session;
      const principal = { kind: 'admin-user', id: adminUserId, name, role, scopes: [] } as const;
      return { principal, adminUserId, session, expiresAt: session.expiresAt };
    },
    async ofApiToken(text) {
      if (!isToken('api-token', text)) return undefined;
      const token = await stores.apiTokens.find(hashToken(text));
      if (token === undefined || (token.expiresAt?.getTime() ?? Infinity) <= now()) return undefined;
      touch(token.lastUsedAt, stores.apiTokens, token.id);
      const { id, adminUserId, ownerName, ownerRole, scopes } = token;
      const role = lowerRole(token.role, ownerRole);
      const name = `${token.name} (${ownerName})`;
      const principal = { kind: 'api-token', id, name, role, scopes } as const;
      return { principal, adminUserId, session: undefined, expiresAt: token.expiresAt };
    },
    async confirm(name, password, address) {
      const found = await recogniseByPassword({ name, password, address });
      return typeof found === 'number' ? found : found === undefined ? 'wrong' : 'right';
    },
  };
}

/** Whether a session was not used for too long, or is too old. */
function isOver({ lastUsedAt, expiresAt }: AdminSession, now: number): boolean {
  return expiresAt.getTime() <= now || lastUsedAt.getTime() + SESSION_TIMES.idle <= now;
}
