import { type ChainHead, EMPTY_HEAD, hashOfEntry, type StoredAuditEntry } from '../audit/audit-chain.ts';
import type { Actor, AuditedChange } from '../audit/audit-log.ts';
import { auditText } from './audit-text.ts';
import type { Dialect } from './dialect.ts';
import type { Prisma } from './generated/sqlite/client.ts';
import type { TransactionStatements } from './statements.ts';
import { storable } from './storable.ts';

/** A transaction, as far as the log needs one. */
export interface AuditTransaction {
  readonly provider: Dialect['provider'];
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  insert(entry: StoredAuditEntry & { readonly hash: string }): Promise<void>;
}

/** Lengths of columns, in characters. */
const MAX = { kind: 40, id: 190, name: 190, action: 80 } as const;

const INSERT =
  'INSERT INTO audit_entries (sequence, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, ' +
  'state_before, state_after, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';

/**
 * Puts changes on record within the transaction that makes them: neither is there without the other. Should come last in
 * it, since nobody else gets on record until it ends.
 */
export async function appendToAudit(
  transaction: AuditTransaction,
  actor: Actor,
  changes: readonly AuditedChange[],
  now: Date,
): Promise<void> {
  if (changes.length === 0) return;
  await lockAudit(transaction);
  let head = await auditHead(transaction, true);
  for (const change of changes) {
    const entry = toEntry(head.sequence + 1n, actor, change, now);
    const hash = hashOfEntry(entry, head.hash);
    await transaction.insert({ ...entry, hash });
    head = { sequence: entry.sequence, hash };
  }
}

/** Waits until nobody else writes to the log, and keeps others from it until the transaction ends. */
export async function lockAudit(transaction: AuditTransaction): Promise<void> {
  const { provider } = transaction;
  // On SQLite whoever is in a transaction is alone there.
  if (provider === 'postgresql')
    await transaction.query('LOCK TABLE audit_entries IN SHARE ROW EXCLUSIVE MODE');
  // MySQL locks tables outside of transactions alone. These rows are there before the log has any.
  if (provider === 'mysql') await transaction.query('SELECT id FROM _prisma_migrations FOR UPDATE');
}

/**
 * Where the log ends.
 *
 * @param isLocked - whether the transaction has locked the log: then it sees what others wrote since it began
 */
export async function auditHead(
  transaction: Pick<AuditTransaction, 'provider' | 'query'>,
  isLocked: boolean,
): Promise<ChainHead> {
  const forUpdate = isLocked && transaction.provider === 'mysql' ? ' FOR UPDATE' : '';
  const [row] = await transaction.query(
    `SELECT sequence, hash FROM audit_entries ORDER BY sequence DESC LIMIT 1${forUpdate}`,
  );
  return row === undefined
    ? EMPTY_HEAD
    : { sequence: BigInt(String(row['sequence'])), hash: String(row['hash']) };
}

/** The log in a transaction of statements. */
export function auditIn(statements: TransactionStatements): AuditTransaction {
  return {
    provider: statements.dialect.provider,
    async query(sql) {
      if (!sql.startsWith('LOCK')) return statements.rows(sql, []);
      await statements.run(sql, []);
      return [];
    },
    async insert({ sequence, at, actor, action, subject, before, after, hash }) {
      await statements.run(INSERT, [
        sequence,
        at,
        ...[actor.kind, actor.id, actor.name],
        action,
        ...[subject.kind, subject.id],
        before,
        after,
        hash,
      ]);
    },
  };
}

/** The log in a transaction of Prisma's client. */
export function auditInPrisma(
  transaction: Prisma.TransactionClient,
  provider: Dialect['provider'],
): AuditTransaction {
  return {
    provider,
    async query(sql) {
      if (!sql.startsWith('LOCK')) return transaction.$queryRawUnsafe<Record<string, unknown>[]>(sql);
      await transaction.$executeRawUnsafe(sql);
      return [];
    },
    async insert({ sequence, at, actor, action, subject, before, after, hash }) {
      await transaction.auditEntry.create({
        data: {
          sequence,
          at,
          actorKind: actor.kind,
          actorId: actor.id,
          actorName: actor.name,
          action,
          subjectKind: subject.kind,
          subjectId: subject.id,
          stateBefore: before,
          stateAfter: after,
          hash,
        },
      });
    },
  };
}

/** As it is read again: otherwise it would not fit its hash. */
function toEntry(sequence: bigint, actor: Actor, change: AuditedChange, at: Date): StoredAuditEntry {
  return {
    sequence,
    at,
    actor: { kind: actor.kind, id: storable(actor.id, MAX.id), name: storable(actor.name, MAX.name) },
    action: storable(change.action, MAX.action),
    subject: { kind: storable(change.subject.kind, MAX.kind), id: storable(change.subject.id, MAX.id) },
    before: auditText(change.before),
    after: auditText(change.after),
  };
}
