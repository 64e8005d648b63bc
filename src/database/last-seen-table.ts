import type { LastSeenMark, LastSeenStore } from '../bots/last-seen.ts';
import type { Statements, TransactionStatements, Value } from './statements.ts';

const LOAD = 'SELECT message_id FROM last_seen WHERE agent_id = ?';

/** Ids are decimal numbers: the longer one is the higher. */
const MOVE = `UPDATE last_seen SET message_id = ?, updated_at = ? WHERE agent_id = ?
  AND (LENGTH(message_id) < LENGTH(?) OR (LENGTH(message_id) = LENGTH(?) AND message_id < ?))`;

const ADD = 'INSERT INTO last_seen (agent_id, message_id, updated_at) VALUES (?, ?, ?)';

const ADD_FENCED = `INSERT INTO last_seen (agent_id, message_id, updated_at) SELECT ?, ?, ? FROM bot_leases
  WHERE bot_leases.agent_id = ? AND bot_leases.fence = ?`;

/** Whether this is the fence of the agent's present lease. */
const IS_FENCED = 'EXISTS (SELECT 1 FROM bot_leases WHERE bot_leases.agent_id = ? AND bot_leases.fence = ?)';

const DIRECT_CHANNELS = `SELECT channel_id FROM exchanges WHERE agent_id = ? AND guild_id IS NULL
  GROUP BY channel_id ORDER BY MAX(id) DESC LIMIT ?`;

/** The last_seen table. */
export class LastSeenTable implements LastSeenStore {
  readonly #statements: Statements;
  readonly #now: () => Date;

  constructor(statements: Statements, now: () => Date) {
    this.#statements = statements;
    this.#now = now;
  }

  async load(agentId: string): Promise<string | undefined> {
    const [row] = await this.#statements.rows(LOAD, [agentId]);
    return row?.['message_id'] ?? undefined;
  }

  async save(marks: ReadonlyMap<string, LastSeenMark>): Promise<void> {
    // In one order, so that two hosts never wait for each other's rows.
    const ordered = [...marks].sort(([a], [b]) => (a < b ? -1 : 1));
    await this.#statements.transaction(async (transaction) => {
      for (const [agentId, mark] of ordered) await this.#saveMark(transaction, agentId, mark);
    });
  }

  async directChannels(agentId: string, limit: number): Promise<string[]> {
    const rows = await this.#statements.rows(DIRECT_CHANNELS, [agentId, limit]);
    return rows.flatMap(({ channel_id: id }) => id ?? []);
  }

  async #saveMark(
    transaction: TransactionStatements,
    agentId: string,
    { messageId, fence, isLast = false }: LastSeenMark,
  ): Promise<void> {
    const now = this.#now();
    const fenced: Value[] = fence === undefined ? [] : [agentId, fence];
    const move = (): Promise<number> =>
      transaction.run(fence === undefined ? MOVE : `${MOVE} AND ${IS_FENCED}`, [
        messageId,
        now,
        agentId,
        messageId,
        messageId,
        messageId,
        ...fenced,
      ]);
    if ((await move()) > 0 || isLast) return;
    await transaction.run(
      `${fence === undefined ? ADD : ADD_FENCED} ${transaction.dialect.onConflictDoNothing('last_seen.agent_id')}`,
      [agentId, messageId, now, ...fenced],
    );
    // Where another process was quicker to add it.
    await move();
  }
}
