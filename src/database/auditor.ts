import type { Actor, AuditedChange } from '../audit/audit-log.ts';
import type { AuditTable } from './audit-table.ts';
import { auditIn, lockAudit } from './audit-writer.ts';
import type { Prisma } from './generated/sqlite/client.ts';
import type { TransactionStatements } from './statements.ts';

/** Puts changes on record in somebody's name, within the transaction that makes them. Comes last in it. */
export interface Auditor {
  /** Keeps others that record changes out until the transaction ends: what is read in it stays so. Comes first in it. */
  lock(transaction: TransactionStatements): Promise<void>;
  within(transaction: TransactionStatements, changes: readonly AuditedChange[]): Promise<void>;
  withinPrisma(transaction: Prisma.TransactionClient, changes: readonly AuditedChange[]): Promise<void>;
  /** In a transaction of its own, for what cannot be done in one. */
  append(changes: readonly AuditedChange[]): Promise<void>;
}

/** The auditor of one actor. */
export function auditorFor(actor: Actor, log: AuditTable): Auditor {
  return {
    lock: (transaction) => lockAudit(auditIn(transaction)),
    within: (transaction, changes) => log.within(transaction, actor, changes),
    withinPrisma: (transaction, changes) => log.withinPrisma(transaction, actor, changes),
    append: (changes) => log.append(actor, changes),
  };
}
