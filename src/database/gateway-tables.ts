import type { GatewaySession, IdentifyLedger, SessionStore } from '../bots/gateway-session.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import type { PrismaClient } from './generated/sqlite/client.ts';
import type { Statements } from './statements.ts';

const ADVANCE =
  'UPDATE gateway_sessions SET sequence = ?, updated_at = ? WHERE agent_id = ? AND shard_id = ? AND session_id = ?';

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

  async save(sessions: ReadonlyMap<string, readonly GatewaySession[]>): Promise<void> {
    const updatedAt = this.#now();
    const all = [...sessions.keys()];
    await this.#client.$transaction(async (transaction) => {
      const there = await transaction.agent.findMany({ where: { id: { in: all } }, select: { id: true } });
      await transaction.gatewaySession.deleteMany({ where: { agentId: { in: all } } });
      const rows = there.flatMap(({ id }) =>
        (sessions.get(id) ?? []).map((session) => ({ ...session, agentId: id, updatedAt })),
      );
      if (rows.length > 0) await transaction.gatewaySession.createMany({ data: rows });
    });
  }

  async advance(sessions: ReadonlyMap<string, readonly GatewaySession[]>): Promise<void> {
    const updatedAt = this.#now();
    for (const [agentId, shards] of sessions) {
      for (const { shardId, sessionId, sequence } of shards) {
        await this.#statements.run(ADVANCE, [sequence, updatedAt, agentId, shardId, sessionId]);
      }
    }
  }
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
