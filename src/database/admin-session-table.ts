import type { AdminSession, AdminSessionStore, NewAdminSession } from '../access/admin-session-store.ts';
import type { Role } from '../access/role.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import type { Auditor } from './auditor.ts';
import type { Row, Statements } from './statements.ts';
import { storable } from './storable.ts';

/** Lengths of columns, in characters. */
const MAX_ADDRESS = 64;
const MAX_USER_AGENT = 190;

const SELECT =
  'SELECT admin_sessions.id, admin_user_id, name, role, address, user_agent, admin_sessions.created_at, ' +
  'last_used_at, expires_at FROM admin_sessions INNER JOIN admin_users ON admin_users.id = admin_user_id';
const INSERT =
  'INSERT INTO admin_sessions (id, admin_user_id, token_hash, address, user_agent, created_at, last_used_at, ' +
  'expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)';

/** The admin_sessions table. */
export class AdminSessionTable implements AdminSessionStore {
  readonly #statements: Statements;
  readonly #now: () => Date;
  readonly #auditor: Auditor;

  constructor(statements: Statements, now: () => Date, auditor: Auditor) {
    this.#statements = statements;
    this.#now = now;
    this.#auditor = auditor;
  }

  /** The same table, with logins on record in another's name. */
  withAuditor(auditor: Auditor): AdminSessionTable {
    return new AdminSessionTable(this.#statements, this.#now, auditor);
  }

  async open({
    adminUserId,
    passwordHash,
    tokenHash,
    address,
    userAgent,
    expiresAt,
  }: NewAdminSession): Promise<AdminSession | undefined> {
    const now = this.#now();
    const id = uuidV7(now.getTime());
    await this.#statements.run('DELETE FROM admin_sessions WHERE expires_at < ?', [now]);
    return this.#statements.transaction(async (transaction) => {
      // Whoever changes a password locks as well, and ends the sessions that there are.
      await this.#auditor.lock(transaction);
      const [user] = await transaction.rows('SELECT password_hash FROM admin_users WHERE id = ?', [
        adminUserId,
      ]);
      if (user?.['password_hash'] !== passwordHash) return undefined;
      await transaction.run(INSERT, [
        id,
        adminUserId,
        tokenHash,
        storable(address, MAX_ADDRESS),
        storable(userAgent, MAX_USER_AGENT),
        now,
        now,
        expiresAt,
      ]);
      const [row = {}] = await transaction.rows(`${SELECT} WHERE admin_sessions.id = ?`, [id]);
      const session = toSession(row);
      const after = { user: session.userName, expires_at: expiresAt.toISOString() };
      await this.#auditor.within(transaction, [{ action: 'session.open', subject: subjectOf(id), after }]);
      return session;
    });
  }

  async find(tokenHash: string): Promise<AdminSession | undefined> {
    const [row] = await this.#statements.rows(`${SELECT} WHERE token_hash = ?`, [tokenHash]);
    return row && toSession(row);
  }

  async touch(id: string): Promise<void> {
    await this.#statements.run('UPDATE admin_sessions SET last_used_at = ? WHERE id = ?', [this.#now(), id]);
  }

  async list(adminUserId?: string): Promise<AdminSession[]> {
    const [where, values] =
      adminUserId === undefined ? ['', []] : [' WHERE admin_user_id = ?', [adminUserId]];
    const rows = await this.#statements.rows(`${SELECT}${where} ORDER BY admin_sessions.id DESC`, values);
    return rows.map(toSession);
  }

  revoke(id: string): Promise<boolean> {
    return this.#statements.transaction(async (transaction) => {
      const [row] = await transaction.rows(`${SELECT} WHERE admin_sessions.id = ?`, [id]);
      if (row === undefined) return false;
      if ((await transaction.run('DELETE FROM admin_sessions WHERE id = ?', [id])) === 0) return false;
      const before = { user: toSession(row).userName };
      await this.#auditor.within(transaction, [{ action: 'session.revoke', subject: subjectOf(id), before }]);
      return true;
    });
  }

  revokeAll(adminUserId: string, except = ''): Promise<number> {
    return this.#statements.transaction(async (transaction) => {
      const ended = await transaction.run('DELETE FROM admin_sessions WHERE admin_user_id = ? AND id <> ?', [
        adminUserId,
        except,
      ]);
      const change = {
        action: 'session.revoke-all',
        subject: { kind: 'admin-user', id: adminUserId },
        before: { sessions: ended },
      };
      if (ended > 0) await this.#auditor.within(transaction, [change]);
      return ended;
    });
  }

  async knowsAddress(adminUserId: string, address: string): Promise<boolean> {
    const rows = await this.#statements.rows(
      'SELECT id FROM admin_sessions WHERE admin_user_id = ? AND address = ? LIMIT 1',
      [adminUserId, storable(address, MAX_ADDRESS)],
    );
    return rows.length > 0;
  }
}

function subjectOf(id: string): { readonly kind: string; readonly id: string } {
  return { kind: 'session', id };
}

function toSession(row: Row): AdminSession {
  return {
    id: row['id'] ?? '',
    adminUserId: row['admin_user_id'] ?? '',
    userName: row['name'] ?? '',
    role: row['role'] as Role,
    address: row['address'] ?? '',
    userAgent: row['user_agent'] ?? '',
    createdAt: new Date(row['created_at'] ?? 0),
    lastUsedAt: new Date(row['last_used_at'] ?? 0),
    expiresAt: new Date(row['expires_at'] ?? 0),
  };
}
