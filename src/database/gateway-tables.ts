import type { GatewaySession, IdentifyLedger, SessionStore } from '../bots/gateway-session.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import type { PrismaClient } from './generated/sqlite/client.ts';

/** The gateway_sessions table. */
export class SessionTable implements SessionStore {
  readonly #client: PrismaClient;
  readonly #now: () => Date;

  constructor(client: PrismaClient, now: () => Date) {
    this.#client = client;
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

  async countSince(applicationId: string, since: Date): Promise<number> {
    // What is older will never be asked for again.
    await this.#client.identify.deleteMany({ where: { applicationId, at: { lt: since } } });
    return this.#client.identify.count({ where: { applicationId, at: { gte: since } } });
  }
}
