import type { Perishable, RetentionStore } from '../retention/retention-store.ts';
import { firstUuidV7At } from '../util/uuid-v7.ts';
import { placeholders, type Row, type Statements } from './statements.ts';

/** Rows that a statement looks at or deletes: what it takes is not felt by whoever waits for the database. */
const STEP = 500;

/** Memories that are looked at together. */
const MEMORIES = 200;

/** The states of exchanges that are over; one that is set aside is not. */
const ENDED: ReadonlySet<string | null> = new Set(['delivered', 'failed', 'expired', 'ignored']);

const EXCHANGES =
  'SELECT exchanges.id, exchanges.state, agents.id AS agent FROM exchanges ' +
  'LEFT JOIN agents ON agents.id = exchanges.agent_id ' +
  `WHERE exchanges.id > ? AND exchanges.id < ? ORDER BY exchanges.id LIMIT ${STEP}`;

/** All days of a scope, not only those that are asked for: what one statement looks at is bounded too. */
const COUNTERS =
  'SELECT scope, day FROM budget_counters WHERE scope >= ? AND (scope > ? OR day > ?) ' +
  `ORDER BY scope, day LIMIT ${STEP}`;

const OLD_MEMORIES = `SELECT id FROM memories WHERE id > ? AND id < ? ORDER BY id LIMIT ${MEMORIES}`;

/**
 * Deletes by ranges of ids, which sort by time: no index over times is needed. An exchange counts from when it came, a
 * turn from when its exchange came.
 */
export class RetentionTable implements RetentionStore {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  async *sweep(what: Perishable, before: Date): AsyncGenerator<number> {
    switch (what) {
      case 'exchanges':
        yield* this.#exchanges(before);
        break;
      case 'usage':
        yield* this.#byId('model_calls', before);
        yield* this.#counters(before);
        break;
      case 'guard-findings':
        yield* this.#byId('guard_findings', before);
        break;
      case 'memories':
        yield* this.#memories(before);
        break;
      case 'identifies':
        yield* this.#byId('identifies', before);
        break;
      case 'commands to bots':
        yield* this.#byId('bot_commands', before, "AND state <> 'pending'");
        break;
      case 'incidents':
        // One that lasts is written anew by whoever looks after it.
        yield* this.#byId('incidents', before);
        break;
      case 'leftovers of deleted agents':
        yield* this.#leftovers('bot_leases', 'expires_at', before);
        yield* this.#leftovers('last_seen', 'updated_at', before);
        break;
    }
  }

  /** Those that are over, and those of deleted agents, which nobody is left to finish. */
  async *#exchanges(before: Date): AsyncGenerator<number> {
    const end = firstUuidV7At(before);
    let rows: Row[];
    let last = '';
    do {
      rows = await this.#statements.rows(EXCHANGES, [last, end]);
      last = rows.at(-1)?.['id'] ?? last;
      const over = rows.filter(({ state = null, agent }) => ENDED.has(state) || agent === null);
      yield this.#delete('exchanges', over);
    } while (rows.length === STEP);
  }

  async *#byId(
    table: 'model_calls' | 'guard_findings' | 'identifies' | 'bot_commands' | 'incidents',
    before: Date,
    and = '',
  ): AsyncGenerator<number> {
    const end = firstUuidV7At(before);
    let rows: Row[];
    do {
      rows = await this.#statements.rows(
        `SELECT id FROM ${table} WHERE id < ? ${and} ORDER BY id LIMIT ${STEP}`,
        [end],
      );
      yield this.#delete(table, rows);
    } while (rows.length === STEP);
  }

  async *#counters(before: Date): AsyncGenerator<number> {
    const end = before.toISOString().slice(0, 10);
    let rows: Row[];
    let last = { scope: '', day: '' };
    do {
      rows = await this.#statements.rows(COUNTERS, [last.scope, last.scope, last.day]);
      const { scope, day } = rows.at(-1) ?? {};
      last = { scope: scope ?? '', day: day ?? '' };
      const old = rows.filter((row) => (row['day'] ?? '') < end);
      let deleted = 0;
      for (const [ofDay, counters] of Map.groupBy(old, (row) => row['day'] ?? '')) {
        const scopes = counters.map((row) => row['scope'] ?? '');
        deleted += await this.#statements.run(
          `DELETE FROM budget_counters WHERE day = ? AND scope IN ${placeholders(scopes.length)}`,
          [ofDay, ...scopes],
        );
      }
      yield deleted;
    } while (rows.length === STEP);
  }

  /**
   * Old turns, then summaries that tell of such turns alone, since they were not renewed since; then memories with
   * nothing in them. A memory that is recalled at this very moment may be gone before its turn comes: that turn is then
   * not remembered.
   */
  async *#memories(before: Date): AsyncGenerator<number> {
    const end = firstUuidV7At(before);
    let last = '';
    for (;;) {
      const ids = (await this.#statements.rows(OLD_MEMORIES, [last, end])).map(({ id }) => id ?? '');
      const newest = ids.at(-1);
      if (newest === undefined) return;
      last = newest;
      yield* this.#turns(ids, end);
      const these = `id IN ${placeholders(ids.length)} AND updated_at < ?`;
      await this.#statements.run(
        `UPDATE memories SET summary = NULL, summary_until = NULL WHERE summary IS NOT NULL AND ${these}`,
        [...ids, before],
      );
      yield this.#statements.run(
        `DELETE FROM memories WHERE summary IS NULL AND ${these} ` +
          'AND NOT EXISTS (SELECT 1 FROM memory_turns WHERE memory_turns.memory_id = memories.id)',
        [...ids, before],
      );
    }
  }

  async *#turns(memoryIds: readonly string[], end: string): AsyncGenerator<number> {
    const select =
      `SELECT memory_id, exchange_id FROM memory_turns WHERE memory_id IN ${placeholders(memoryIds.length)} ` +
      `AND exchange_id < ? LIMIT ${STEP}`;
    let rows: Row[];
    do {
      rows = await this.#statements.rows(select, [...memoryIds, end]);
      if (rows.length === 0) return;
      const memories = [...new Set(rows.map((row) => row['memory_id'] ?? ''))];
      const exchanges = [...new Set(rows.map((row) => row['exchange_id'] ?? ''))];
      yield this.#statements.run(
        `DELETE FROM memory_turns WHERE memory_id IN ${placeholders(memories.length)} ` +
          `AND exchange_id IN ${placeholders(exchanges.length)}`,
        [...memories, ...exchanges],
      );
    } while (rows.length === STEP);
  }

  /** What has no relation to agents, since bots on their way out still need it: a row an agent. */
  async *#leftovers(
    table: 'bot_leases' | 'last_seen',
    time: 'expires_at' | 'updated_at',
    before: Date,
  ): AsyncGenerator<number> {
    yield this.#statements.run(
      `DELETE FROM ${table} WHERE ${time} < ? ` +
        `AND NOT EXISTS (SELECT 1 FROM agents WHERE agents.id = ${table}.agent_id)`,
      [before],
    );
  }

  async #delete(table: string, rows: readonly Row[]): Promise<number> {
    if (rows.length === 0) return 0;
    const ids = rows.map(({ id }) => id ?? '');
    return this.#statements.run(`DELETE FROM ${table} WHERE id IN ${placeholders(ids.length)}`, ids);
  }
}
