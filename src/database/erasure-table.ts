import type { Logger } from '../observability/logger.ts';
import { sleep } from '../util/sleep.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import type { Auditor } from './auditor.ts';
import type { SecretBox } from './secret-box.ts';
import { placeholders, type Statements, type TransactionStatements } from './statements.ts';
import { countByAgent, counterPattern, NOTHING, USER_KINDS, type UserCounts } from './user-data.ts';

/** How many erasures are on record. */
export interface ErasureRecords {
  /** Those under the keys that this process has. */
  readonly readable: number;
  /** Those under other keys: whose they are cannot be told. */
  readonly unreadable: number;
}

/** What an erasure took away. */
export interface ErasedCounts extends UserCounts {
  /** Those of the exchanges that were not over: they are not answered any more. */
  readonly ended: number;
}

/** As the table has it: with the id of the key that the user's id is hashed under. */
interface StoredCounts extends ErasedCounts {
  readonly key?: string;
}

/** The record of an erasure. */
export interface Erasure {
  readonly id: string;
  readonly at: Date;
  readonly counts: ErasedCounts;
}

/** What became of a request to erase. */
export interface ErasureOutcome {
  /** Undefined: there was nothing to erase, and so nothing is on record. */
  readonly erasure: Erasure | undefined;
  /**
   * Whether no file of the database holds the words any more. False: another process kept reading or writing, or the
   * disk is full, and something may be left in the files. Undefined on a server, whose files are its own.
   */
  readonly overwritten: boolean | undefined;
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

/** Erases all that there is of a user, and keeps proof of it that does not name them: the erasures table. */
export class ErasureTable {
  readonly #tools: ErasureTools;

  constructor(tools: ErasureTools) {
    this.#tools = tools;
  }

  /** The same table, with erasures on record in another's name. */
  withAuditor(auditor: Auditor): ErasureTable {
    return new ErasureTable({ ...this.#tools, auditor });
  }

  /**
   * Erases everything of a user with all agents, or nothing. What is being answered at this moment may still be posted,
   * and is not written down. On SQLite the file is written anew after that: seconds for each gigabyte, in which others
   * wait to write, and as much free disk as it has.
   */
  async erase(userId: string): Promise<ErasureOutcome> {
    const erasure = await this.#tools.statements.transaction((statements) =>
      this.#eraseIn(statements, userId),
    );
    return { erasure, overwritten: await this.#overwrite() };
  }

  /** How many rows of each kind there are of a user now, of all agents together. */
  async left(userId: string): Promise<UserCounts> {
    return countAll(this.#tools.statements, userId);
  }

  /** The erasures of a user, oldest first; those that were recorded under a secret key which is gone are not found. */
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

  /** How many erasures there are of all users; those that were recorded without the id of a key count as readable. */
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
