import type { ApiToken, ApiTokenStore, NewApiToken } from '../access/api-token-store.ts';
import type { Scope } from '../access/principal.ts';
import type { Role } from '../access/role.ts';
import type { AuditedChange } from '../audit/audit-log.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import type { Auditor } from './auditor.ts';
import type { Row, Statements, TransactionStatements } from './statements.ts';

const SELECT =
  'SELECT api_tokens.id, admin_user_id, admin_users.name AS owner_name, admin_users.role AS owner_role, ' +
  'api_tokens.name, api_tokens.role, scopes, api_tokens.created_at, last_used_at, expires_at ' +
  'FROM api_tokens INNER JOIN admin_users ON admin_users.id = admin_user_id';
const INSERT =
  'INSERT INTO api_tokens (id, admin_user_id, name, token_hash, role, scopes, created_at, last_used_at, expires_at) ' +
  'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)';

/** The api_tokens table. */
export class ApiTokenTable implements ApiTokenStore {
  readonly #statements: Statements;
  readonly #now: () => Date;
  readonly #auditor: Auditor;

  constructor(statements: Statements, now: () => Date, auditor: Auditor) {
    this.#statements = statements;
    this.#now = now;
    this.#auditor = auditor;
  }

  /** The same table, with changes on record in another's name. */
  withAuditor(auditor: Auditor): ApiTokenTable {
    return new ApiTokenTable(this.#statements, this.#now, auditor);
  }

  create({ adminUserId, name, tokenHash, role, scopes, expiresAt }: NewApiToken): Promise<ApiToken> {
    const now = this.#now();
    const id = uuidV7(now.getTime());
    return this.#statements.transaction(async (transaction) => {
      await transaction.run(INSERT, [
        ...[id, adminUserId, name, tokenHash, role, scopes.join(' ')],
        now,
        null,
        expiresAt ?? null,
      ]);
      const token = await tokenIn(transaction, id);
      if (token === undefined) throw new Error('a token that was made just now is not there');
      await this.#auditor.within(transaction, [
        { action: 'api-token.create', subject: subjectOf(id), after: stateOf(token) },
      ]);
      return token;
    });
  }

  async find(tokenHash: string): Promise<ApiToken | undefined> {
    const [row] = await this.#statements.rows(`${SELECT} WHERE token_hash = ?`, [tokenHash]);
    return row && toToken(row);
  }

  async touch(id: string): Promise<void> {
    await this.#statements.run('UPDATE api_tokens SET last_used_at = ? WHERE id = ?', [this.#now(), id]);
  }

  async list(adminUserId?: string): Promise<ApiToken[]> {
    const [where, values] =
      adminUserId === undefined ? ['', []] : [' WHERE admin_user_id = ?', [adminUserId]];
    const rows = await this.#statements.rows(`${SELECT}${where} ORDER BY api_tokens.id DESC`, values);
    return rows.map(toToken);
  }

  revoke(id: string): Promise<boolean> {
    return this.#statements.transaction(async (transaction) => {
      const token = await tokenIn(transaction, id);
      if (token === undefined) return false;
      if ((await transaction.run('DELETE FROM api_tokens WHERE id = ?', [id])) === 0) return false;
      await this.#auditor.within(transaction, [
        { action: 'api-token.revoke', subject: subjectOf(id), before: stateOf(token) },
      ]);
      return true;
    });
  }
}

function subjectOf(id: string): AuditedChange['subject'] {
  return { kind: 'api-token', id };
}

function stateOf({ name, ownerName, role, scopes, expiresAt }: ApiToken): object {
  return { name, owner: ownerName, role, scopes, expires_at: expiresAt?.toISOString() ?? null };
}

async function tokenIn(transaction: TransactionStatements, id: string): Promise<ApiToken | undefined> {
  const [row] = await transaction.rows(`${SELECT} WHERE api_tokens.id = ?`, [id]);
  return row && toToken(row);
}

function toToken(row: Row): ApiToken {
  const time = (column: string): Date | undefined => {
    const at = row[column] ?? undefined;
    return at === undefined ? undefined : new Date(at);
  };
  return {
    id: row['id'] ?? '',
    adminUserId: row['admin_user_id'] ?? '',
    ownerName: row['owner_name'] ?? '',
    ownerRole: row['owner_role'] as Role,
    name: row['name'] ?? '',
    role: row['role'] as Role,
    scopes: (row['scopes'] ?? '').split(' ').filter((scope) => scope !== '') as Scope[],
    createdAt: time('created_at') ?? new Date(0),
    lastUsedAt: time('last_used_at'),
    expiresAt: time('expires_at'),
  };
}
