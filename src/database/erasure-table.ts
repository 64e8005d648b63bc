import type { ErasedCounts, Erasure, ErasureOutcome, ErasureRecords, Erasures } from '../memory/erasures.ts';
import { USER_KINDS, type UserCounts } from '../memory/user-data.ts';
import type { Logger } from '../observability/logger.ts';
import { sleep } from '../util/sleep.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import type { Auditor } from './auditor.ts';
import type { SecretBox } from './secret-box.ts';
import { placeholders, type Statements, type TransactionStatements } from './statements.ts';
import { countByAgent, counterPattern, NOTHING } from './user-data.ts';

/** As the table has it: with the id of the key that the user's id is hashed under. */
interface StoredCounts extends ErasedCounts {
  readonly key?: string;
}

/** What {@link ErasureTable} works with. */
export interface ErasureTools {
  readonly statements: Statements;
  readonly secrets: Pick<SecretBox, 'fingerprint' | 'fingerprints' | 'keyId' | 'keyIds'>;
  readonly now: () => Date;
  readonly logger: Logger;
  readonly auditor: Auditor;
  /** How long the write-ahead log is tried while others read, in milliseconds. Default: five seconds. */
  readonly logPatience?: number;
}

/** In milliseconds. */
const LOG_PATIENCE = 5_000;
const LOG_PAUSE = 100;

/**
 * First the journal: whoever writes about an exchange of the user meanwhile has locked its row for that long, and what
 * they wrote is found by the statements after it.
 */
const END =
  "UPDATE exchanges SET state = 'failed', reason = 'erased', finished_at = COALESCE(finished_at, ?) " +
  "WHERE user_id = ? AND state NOT IN ('delivered', 'failed', 'expired', 'ignored')";

/** The rest of the row keeps its message from being answered again. */
const BLANK_EXCHANGES =
  "UPDATE exchanges SET user_id = '', question = '', message = NULL, answer = NULL, posted = NULL WHERE user_id = ?";

const DELETE_TURNS =
  'DELETE FROM memory_turns WHERE memory_id IN (SELECT id FROM memories WHERE user_id = ?)';
const DELETE_MEMORIES = 'DELETE FROM memories WHERE user_id = ?';
const BLANK_CALLS = 'UPDATE model_calls SET user_id = NULL WHERE user_id = ?';
const DELETE_COUNTERS = 'DELETE FROM budget_counters WHERE scope LIKE ?';
const BLANK_FINDINGS = "UPDATE guard_findings SET user_id = '' WHERE user_id = ?";

/** The erasures table. */
export class ErasureTable implements Erasures {
  readonly #tools: ErasureTools;

  constructor(tools: ErasureTools) {
    this.#tools = tools;
  }

  /** The same table, with erasures on record in another's name. */
  withAuditor(auditor: Auditor): ErasureTable {
    return new ErasureTable({ ...this.#tools, auditor });
  }

  /**
   * On SQLite the file is written anew after that: seconds for each gigabyte, in which others wait to write, and as much
   * free disk as it has.
   */
  async erase(userId: string): Promise<ErasureOutcome> {
    const erasure = await this.#tools.statements.transaction((statements) =>
      this.#eraseIn(statements, userId),
    );
    return { erasure, overwritten: await this.#overwrite() };
  }

  async left(userId: string): Promise<UserCounts> {
    return countAll(this.#tools.statements, userId);
  }

  async find(userId: string): Promise<Erasure[]> {
    const { statements, secrets } = this.#tools;
    const subjects = secrets.fingerprints(nameOf(userId));
    const rows = await statements.rows(
      `SELECT id, counts, at FROM erasures WHERE subject IN ${placeholders(subjects.length)} ORDER BY id`,
      subjects,
    );
    return rows.map(({ id, counts: stored, at }) => {
      const counts = JSON.parse(stored ?? '{}') as StoredCounts;
      return { id: id ?? '', at: new Date(at ?? 0), counts: withoutKey(counts) };
    });
  }

  async countRecords(): Promise<ErasureRecords> {
    const { statements, secrets } = this.#tools;
    const rows = await statements.rows('SELECT counts FROM erasures', []);
    const own = new Set(secrets.keyIds);
    const unreadable = rows.filter(({ counts }) => {
      const { key } = JSON.parse(counts ?? '{}') as StoredCounts;
      return key !== undefined && !own.has(key);
    }).length;
    return { readable: rows.length - unreadable, unreadable };
  }

  async #eraseIn(statements: TransactionStatements, userId: string): Promise<Erasure | undefined> {
    const { secrets, now } = this.#tools;
    const at = now();
    const ended = await statements.run(END, [at, userId]);
    const exchanges = await statements.run(BLANK_EXCHANGES, [userId]);
    const turns = await statements.run(DELETE_TURNS, [userId]);
    const memories = await statements.run(DELETE_MEMORIES, [userId]);
    const calls = await statements.run(BLANK_CALLS, [userId]);
    const counters = await statements.run(DELETE_COUNTERS, [counterPattern(userId)]);
    const findings = await statements.run(BLANK_FINDINGS, [userId]);
    const counts = { memories, turns, exchanges, ended, calls, counters, findings };
    if (Object.values(counts).every((count) => count === 0)) return undefined;
    const id = uuidV7(at.getTime());
    await statements.run('INSERT INTO erasures (id, subject, counts, at) VALUES (?, ?, ?, ?)', [
      id,
      secrets.fingerprint(nameOf(userId)),
      JSON.stringify({ ...counts, key: secrets.keyId } satisfies StoredCounts),
      at,
    ]);
    // The erasure's id leads to its keyed hash, and nothing leads to the user.
    const change = { action: 'user.erase', subject: { kind: 'erasure', id }, after: counts };
    await this.#tools.auditor.within(statements, [change]);
    return { id, at, counts };
  }

  /**
   * SQLite overwrites what is deleted, but not the copies that it left when it moved rows between pages, nor the
   * write-ahead log: so the file is written anew, without gaps, and the log emptied.
   */
  async #overwrite(): Promise<boolean | undefined> {
    const { statements, logger, logPatience = LOG_PATIENCE } = this.#tools;
    if (statements.dialect.provider !== 'sqlite') return undefined;
    const deadline = Date.now() + logPatience;
    let isRewritten = false;
    for (;;) {
      try {
        if (!isRewritten) await statements.run('VACUUM', []);
        isRewritten = true;
        const [row] = await statements.rows('PRAGMA wal_checkpoint(TRUNCATE)', []);
        if (Number(row?.['busy']) === 0) return true;
      } catch (error) {
        logger.warn('could not overwrite in the database file what was erased', { error });
      }
      if (Date.now() > deadline) return false;
      await sleep(LOG_PAUSE, new AbortController().signal);
    }
  }
}

async function countAll(statements: TransactionStatements, userId: string): Promise<UserCounts> {
  const counts: Record<keyof UserCounts, number> = { ...NOTHING };
  for (const kind of USER_KINDS) {
    const byAgent = await countByAgent(statements, kind, userId);
    counts[kind] = [...byAgent.values()].reduce((sum, count) => sum + count, 0);
  }
  return counts;
}

function withoutKey({
  memories,
  turns,
  exchanges,
  ended,
  calls,
  counters,
  findings,
}: StoredCounts): ErasedCounts {
  return { memories, turns, exchanges, ended, calls, counters, findings };
}

/** What is hashed: no token begins like this, so the same key serves for both. */
function nameOf(userId: string): string {
  return `erased user ${userId}`;
}
