import type {
  AdminUser,
  AdminUserStore,
  AdminUserWithPassword,
  NewAdminUser,
  Try,
} from '../access/admin-user-store.ts';
import { adminNameKey } from '../access/admin-name.ts';
import type { Role } from '../access/role.ts';
import type { AuditedChange } from '../audit/audit-log.ts';
import { ConflictError, InputError } from '../errors.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import type { Auditor } from './auditor.ts';
import { isTaken, type Row, type Statements, type TransactionStatements, type Value } from './statements.ts';

const SELECT =
  'SELECT id, name, role, password_hash, failed_logins, locked_until, created_at, updated_at FROM admin_users';
const INSERT =
  'INSERT INTO admin_users (id, name, name_key, role, password_hash, failed_logins, created_at, updated_at) ' +
  'VALUES (?, ?, ?, ?, ?, 0, ?, ?)';

/** The admin_users table. */
export class AdminUserTable implements AdminUserStore {
  readonly #statements: Statements;
  readonly #now: () => Date;
  readonly #auditor: Auditor;

  constructor(statements: Statements, now: () => Date, auditor: Auditor) {
    this.#statements = statements;
    this.#now = now;
    this.#auditor = auditor;
  }

  /** The same table, with changes on record in another's name. */
  withAuditor(auditor: Auditor): AdminUserTable {
    return new AdminUserTable(this.#statements, this.#now, auditor);
  }

  async list(): Promise<AdminUser[]> {
    const rows = await this.#statements.rows(`${SELECT} ORDER BY name_key`, []);
    return rows.map(toUser);
  }

  async find(name: string): Promise<AdminUserWithPassword | undefined> {
    const [row] = await this.#statements.rows(`${SELECT} WHERE name_key = ?`, [adminNameKey(name)]);
    return row && { ...toUser(row), passwordHash: row['password_hash'] ?? '' };
  }

  async hasAdmin(): Promise<boolean> {
    return (await countAdmins(this.#statements)) > 0;
  }

  create(user: NewAdminUser): Promise<AdminUser> {
    return this.#transaction((transaction) => this.#insert(transaction, user));
  }

  createFirst(user: Omit<NewAdminUser, 'role'>): Promise<AdminUser> {
    return this.#transaction(async (transaction) => {
      if ((await countAdmins(transaction)) > 0) {
        throw new ConflictError('there is an admin already: others are made by an admin');
      }
      return this.#insert(transaction, { ...user, role: 'admin' });
    });
  }

  setRole(id: string, role: Role): Promise<AdminUser> {
    return this.#transaction(async (transaction) => {
      const user = await userIn(transaction, id);
      if (user.role === role) return user;
      await transaction.run('UPDATE admin_users SET role = ?, updated_at = ? WHERE id = ?', [
        role,
        this.#now(),
        id,
      ]);
      await refuseNobodyLeft(transaction, user);
      const [before, after] = [
        { name: user.name, role: user.role },
        { name: user.name, role },
      ];
      await this.#record(transaction, { action: 'admin-user.role', subject: subjectOf(id), before, after });
      return { ...user, role };
    });
  }

  async setPassword(id: string, passwordHash: string, keptSession = ''): Promise<void> {
    await this.#transaction(async (transaction) => {
      const { name } = await userIn(transaction, id);
      await transaction.run(
        'UPDATE admin_users SET password_hash = ?, failed_logins = 0, locked_until = NULL, updated_at = ? WHERE id = ?',
        [passwordHash, this.#now(), id],
      );
      const ended = await transaction.run('DELETE FROM admin_sessions WHERE admin_user_id = ? AND id <> ?', [
        id,
        keptSession,
      ]);
      const after = { name, ended_sessions: ended };
      await this.#record(transaction, { action: 'admin-user.password', subject: subjectOf(id), after });
    });
  }

  async renewPasswordHash(id: string, from: string, to: string): Promise<void> {
    await this.#statements.run(
      'UPDATE admin_users SET password_hash = ? WHERE id = ? AND password_hash = ?',
      [to, id, from],
    );
  }

  async delete(id: string): Promise<void> {
    await this.#transaction(async (transaction) => {
      const user = await userIn(transaction, id);
      const tokens = await transaction.run('DELETE FROM api_tokens WHERE admin_user_id = ?', [id]);
      await transaction.run('DELETE FROM admin_sessions WHERE admin_user_id = ?', [id]);
      await transaction.run('DELETE FROM admin_users WHERE id = ?', [id]);
      await refuseNobodyLeft(transaction, user);
      const before = { name: user.name, role: user.role, api_tokens: tokens };
      await this.#record(transaction, { action: 'admin-user.delete', subject: subjectOf(id), before });
    });
  }

  unlock(id: string): Promise<boolean> {
    return this.#transaction(async (transaction) => {
      const { name, failedLogins, lockedUntil } = await userIn(transaction, id);
      if (failedLogins === 0 && lockedUntil === undefined) return false;
      await transaction.run('UPDATE admin_users SET failed_logins = 0, locked_until = NULL WHERE id = ?', [
        id,
      ]);
      const before = { name, failed_logins: failedLogins, locked_until: lockedUntil?.toISOString() ?? null };
      await this.#record(transaction, { action: 'admin-user.unlock', subject: subjectOf(id), before });
      return true;
    });
  }

  takeTry(id: string, lockFor: (failures: number) => number, isKnown: boolean): Promise<Try> {
    return this.#statements.transaction(async (transaction) => {
      const now = this.#now();
      const counted = await transaction.run(
        'UPDATE admin_users SET failed_logins = failed_logins + 1 WHERE id = ?' +
          (isKnown ? '' : ' AND (locked_until IS NULL OR locked_until <= ?)'),
        isKnown ? [id] : [id, now],
      );
      const { failedLogins, lockedUntil } = await userIn(transaction, id);
      if (counted === 0) return { isAllowed: false, lockedUntil };
      const pause = lockFor(failedLogins);
      if (pause === 0) return { isAllowed: true, lockedUntil: undefined };
      const until = new Date(now.getTime() + pause);
      await transaction.run('UPDATE admin_users SET locked_until = ? WHERE id = ?', [until, id]);
      return { isAllowed: true, lockedUntil: until };
    });
  }

  async recordSuccess(id: string): Promise<void> {
    await this.#statements.run(
      'UPDATE admin_users SET failed_logins = 0, locked_until = NULL WHERE id = ? AND failed_logins > 0',
      [id],
    );
  }

  async #insert(transaction: TransactionStatements, user: NewAdminUser): Promise<AdminUser> {
    const now = this.#now();
    const id = uuidV7(now.getTime());
    const { name, role, passwordHash } = user;
    const values: Value[] = [id, name, adminNameKey(name), role, passwordHash, now, now];
    try {
      await transaction.run(INSERT, values);
    } catch (error) {
      if (!isTaken(error)) throw error;
      throw new InputError(`there is already somebody of the name ${JSON.stringify(name)}; names are unique`);
    }
    await this.#record(transaction, {
      action: 'admin-user.create',
      subject: subjectOf(id),
      after: { name, role },
    });
    return { id, name, role, failedLogins: 0, lockedUntil: undefined, createdAt: now, updatedAt: now };
  }

  /** In which nobody else changes who may. */
  #transaction<Result>(work: (transaction: TransactionStatements) => Promise<Result>): Promise<Result> {
    return this.#statements.transaction(async (transaction) => {
      await this.#auditor.lock(transaction);
      return work(transaction);
    });
  }

  #record(transaction: TransactionStatements, change: AuditedChange): Promise<void> {
    return this.#auditor.within(transaction, [change]);
  }
}

function subjectOf(id: string): AuditedChange['subject'] {
  return { kind: 'admin-user', id };
}

async function userIn(transaction: TransactionStatements, id: string): Promise<AdminUser> {
  const [row] = await transaction.rows(`${SELECT} WHERE id = ?`, [id]);
  if (row === undefined)
    throw new InputError('there is no such admin user; it may have been deleted meanwhile');
  return toUser(row);
}

async function countAdmins(statements: Pick<Statements, 'rows'>): Promise<number> {
  const [row] = await statements.rows("SELECT COUNT(*) AS found FROM admin_users WHERE role = 'admin'", []);
  return Number(row?.['found'] ?? 0);
}

async function refuseNobodyLeft(
  transaction: TransactionStatements,
  { name, role }: AdminUser,
): Promise<void> {
  if (role !== 'admin' || (await countAdmins(transaction)) > 0) return;
  throw new InputError(`${JSON.stringify(name)} is the only admin: nobody could decide who may any more`, {
    remedy: 'Make somebody else an admin first.',
  });
}

function toUser(row: Row): AdminUser {
  const lockedUntil = row['locked_until'] ?? undefined;
  return {
    id: row['id'] ?? '',
    name: row['name'] ?? '',
    role: row['role'] as Role,
    failedLogins: Number(row['failed_logins']),
    lockedUntil: lockedUntil === undefined ? undefined : new Date(lockedUntil),
    createdAt: new Date(row['created_at'] ?? 0),
    updatedAt: new Date(row['updated_at'] ?? 0),
  };
}
