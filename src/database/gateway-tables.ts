import type { BotSessions, GatewaySession, IdentifyLedger, SessionStore } from '../bots/gateway-session.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import type { PrismaClient } from './generated/sqlite/client.ts';
import { agentsUnderFence } from './present-fences.ts';
import { placeholders, type Statements, type TransactionStatements, type Value } from './statements.ts';

const ADVANCE =
  'UPDATE gateway_sessions SET sequence = ?, updated_at = ? WHERE agent_id = ? AND shard_id = ? AND session_id = ?';

/** How many sessions one statement writes: nine values each, and no database takes more than 65,535. */
const MAX_ROWS = 1_000;

/** The gateway_sessions table. */
export class SessionTable implements SessionStore {
  readonly #client: PrismaClient;
  readonly #statements: Statements;
  readonly #now: () => Date;

  constructor(client: PrismaClient, statements: Statements, now: () => Date) {
    this.#client = client;
    this.#statements = statements;
    this.#now = now;
  }

  async load(agentId: string): Promise<GatewaySession[]> {
    return this.#client.gatewaySession.findMany({
      where: { agentId },
      omit: { agentId: true, updatedAt: true },
    });
  }

  async save(sessions: ReadonlyMap<string, BotSessions>): Promise<void> {
    await this.#statements.transaction(async (transaction) => {
      const ours = await this.#underFence(transaction, sessions);
      if (ours.length === 0) return;
      const ids = ours.map(([id]) => id);
      const list = placeholders(ids.length);
      const there = await transaction.rows(
        `SELECT id FROM agents WHERE id IN ${list} ${transaction.dialect.forShare}`,
        ids,
      );
      await transaction.run(`DELETE FROM gateway_sessions WHERE agent_id IN ${list}`, ids);
      const present = new Set(there.map((row) => row['id']));
      const rows = ours.flatMap(([id, bot]) =>
        present.has(id) ? bot.sessions.map((session) => this.#values(id, session)) : [],
      );
      for (let from = 0; from < rows.length; from += MAX_ROWS) {
        await insert(transaction, rows.slice(from, from + MAX_ROWS));
      }
    });
  }

  async advance(sessions: ReadonlyMap<string, BotSessions>): Promise<void> {
    const updatedAt = this.#now();
    await this.#statements.transaction(async (transaction) => {
      for (const [agentId, bot] of await this.#underFence(transaction, sessions)) {
        for (const { shardId, sessionId, sequence } of bot.sessions) {
          await transaction.run(ADVANCE, [sequence, updatedAt, agentId, shardId, sessionId]);
        }
      }
    });
  }

  /** Those that their lease still allows to write, until the transaction ends. */
  async #underFence(
    transaction: TransactionStatements,
    sessions: ReadonlyMap<string, BotSessions>,
  ): Promise<[string, BotSessions][]> {
    const fences = new Map([...sessions].map(([id, { fence }]) => [id, fence]));
    const ours = await agentsUnderFence(transaction, fences);
    return [...sessions].filter(([id]) => ours.has(id));
  }

  #values(agentId: string, session: GatewaySession): Value[] {
    return [
      agentId,
      session.shardId,
      session.shardCount,
      session.applicationId,
      session.sessionId,
      session.resumeUrl,
      session.messageContent,
      session.sequence,
      this.#now(),
    ];
  }
}

async function insert(transaction: TransactionStatements, rows: readonly Value[][]): Promise<void> {
  const lists = rows.map((values) => placeholders(values.length)).join(', ');
  await transaction.run(
    `INSERT INTO gateway_sessions (agent_id, shard_id, shard_count, application_id, session_id, resume_url, message_content, sequence, updated_at) VALUES ${lists}`,
    rows.flat(),
  );
}

/** The identifies table. */
export class IdentifyTable implements IdentifyLedger {
  readonly #client: PrismaClient;

  constructor(client: PrismaClient) {
    this.#client = client;
  }

  async record(applicationId: string, at: Date): Promise<void> {
    await this.#client.identify.create({
      data: { id: uuidV7(at.getTime()), applicationId, at },
      select: { id: true },
    });
  }

  async spentSince(applicationId: string, since: Date): Promise<{ count: number; last: Date | undefined }> {
    // What is older will never be asked for again.
    await this.#client.identify.deleteMany({ where: { applicationId, at: { lt: since } } });
    const spent = { where: { applicationId, at: { gte: since } } };
    const count = await this.#client.identify.count(spent);
    const last = await this.#client.identify.findFirst({ ...spent, orderBy: { at: 'desc' } });
    return { count, last: last?.at };
  }
}
