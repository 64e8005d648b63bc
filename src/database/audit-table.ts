import { EMPTY_HEAD, problemOfNext, type StoredAuditEntry } from '../audit/audit-chain.ts';
import type {
  Actor,
  AuditedChange,
  AuditEntry,
  AuditFilter,
  AuditLog,
  AuditVerification,
  ExpectedEntry,
} from '../audit/audit-log.ts';
import { appendToAudit, auditHead, auditIn, auditInPrisma } from './audit-writer.ts';
import type { Prisma } from './generated/sqlite/client.ts';
import type { Row, Statements, TransactionStatements, Value } from './statements.ts';

/** Entries that are read at once to verify them. */
const STEP = 500;

const SELECT =
  'SELECT sequence, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, state_before, ' +
  'state_after, hash FROM audit_entries';

/** The record of changes, which rows are only ever added to. */
export class AuditTable implements AuditLog {
  readonly #statements: Statements;
  readonly #now: () => Date;

  constructor(statements: Statements, now: () => Date) {
    this.#statements = statements;
    this.#now = now;
  }

  async append(actor: Actor, changes: readonly AuditedChange[]): Promise<void> {
    if (changes.length === 0) return;
    await this.#statements.transaction((transaction) => this.within(transaction, actor, changes));
  }

  /** Puts changes on record within the transaction that makes them. Comes last in it. */
  within(transaction: TransactionStatements, actor: Actor, changes: readonly AuditedChange[]): Promise<void> {
    return appendToAudit(auditIn(transaction), actor, changes, this.#now());
  }

  /** {@link within}, for a transaction of Prisma's client. */
  withinPrisma(
    transaction: Prisma.TransactionClient,
    actor: Actor,
    changes: readonly AuditedChange[],
  ): Promise<void> {
    const { provider } = this.#statements.dialect;
    return appendToAudit(auditInPrisma(transaction, provider), actor, changes, this.#now());
  }

  async list(filter: AuditFilter): Promise<AuditEntry[]> {
    const { action, actorId, subjectId, since, before, limit } = filter;
    const conditions: string[] = [];
    const values: Value[] = [];
    const where = (condition: string, value: Value | undefined): void => {
      if (value === undefined) return;
      conditions.push(condition);
      values.push(value);
    };
    where('action = ?', action);
    where('actor_id = ?', actorId);
    where('subject_id = ?', subjectId);
    where('at >= ?', since);
    where('sequence < ?', before);
    const all = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    const rows = await this.#statements.rows(`${SELECT}${all} ORDER BY sequence DESC LIMIT ${limit}`, values);
    return rows.map((row) => toEntry(toStored(row)));
  }

  head(): Promise<ExpectedEntry> {
    return auditHead(auditIn(this.#statements), false);
  }

  async verify(expected?: ExpectedEntry): Promise<AuditVerification> {
    const [early] = await this.#statements.rows('SELECT MIN(sequence) AS first FROM audit_entries', []);
    const first = BigInt(early?.['first'] ?? 1);
    if (first < 1n)
      return { isWhole: false, brokenAt: first, problem: 'it was put in before the first entry' };
    let head = EMPTY_HEAD;
    for (;;) {
      const rows = await this.#statements.rows(
        `${SELECT} WHERE sequence > ? ORDER BY sequence LIMIT ${STEP}`,
        [head.sequence],
      );
      for (const row of rows) {
        const entry = toStored(row);
        const problem = problemOfNext(entry, head) ?? differenceFrom(expected, entry);
        if (problem !== undefined) return { isWhole: false, ...problem };
        head = entry;
      }
      if (rows.length < STEP) break;
    }
    if (expected !== undefined && expected.sequence > head.sequence) {
      const problem = `entry ${expected.sequence} was there, and the log ends with entry ${head.sequence}`;
      return { isWhole: false, brokenAt: head.sequence + 1n, problem };
    }
    return { isWhole: true, entries: head.sequence, lastHash: head.hash };
  }
}

function differenceFrom(
  expected: ExpectedEntry | undefined,
  { sequence, hash }: ExpectedEntry,
): { readonly brokenAt: bigint; readonly problem: string } | undefined {
  if (expected?.sequence !== sequence || expected.hash === hash) return undefined;
  return { brokenAt: sequence, problem: 'it, or one before it, is another than the one that is expected' };
}

function toStored(row: Row): StoredAuditEntry & { readonly hash: string } {
  const text = (column: string): string => row[column] ?? '';
  return {
    sequence: BigInt(text('sequence')),
    at: timeOf(text('at')),
    actor: { kind: text('actor_kind') as Actor['kind'], id: text('actor_id'), name: text('actor_name') },
    action: text('action'),
    subject: { kind: text('subject_kind'), id: text('subject_id') },
    before: row['state_before'] ?? null,
    after: row['state_after'] ?? null,
    hash: text('hash'),
  };
}

/** Of an entry that somebody changed by hand, 1970: it does not fit its hash then. */
function timeOf(text: string): Date {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? new Date(0) : at;
}

function toEntry({ before, after, ...rest }: StoredAuditEntry & { readonly hash: string }): AuditEntry {
  return {
    ...rest,
    ...(before !== null && { before: parsed(before) }),
    ...(after !== null && { after: parsed(after) }),
  };
}

/** Also of an entry that somebody changed by hand. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
