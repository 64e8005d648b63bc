import type {
  BotSessions,
  GatewaySession,
  IdentifyLedger,
  SessionStore,
} from '../../src/bots/gateway-session.ts';

/** Gateway sessions in memory; whoever writes has no competitors. */
export class MemorySessions implements SessionStore {
  readonly saved = new Map<string, readonly GatewaySession[]>();
  /** What every save does first: throw to lose it. */
  beforeSave: () => Promise<void> = () => Promise.resolve();

  load(agentId: string): Promise<GatewaySession[]> {
    return Promise.resolve([...(this.saved.get(agentId) ?? [])]);
  }

  async save(all: ReadonlyMap<string, BotSessions>): Promise<void> {
    await this.beforeSave();
    for (const [agentId, { sessions }] of all) {
      if (sessions.length === 0) this.saved.delete(agentId);
      else this.saved.set(agentId, sessions);
    }
  }

  async advance(all: ReadonlyMap<string, BotSessions>): Promise<void> {
    await this.beforeSave();
    for (const [agentId, { sessions }] of all) {
      const known = this.saved.get(agentId);
      const newer = ({ shardId, sessionId }: GatewaySession): GatewaySession | undefined =>
        sessions.find((session) => session.shardId === shardId && session.sessionId === sessionId);
      if (known !== undefined)
        this.saved.set(
          agentId,
          known.map((session) => newer(session) ?? session),
        );
    }
  }
}

/** The count of IDENTIFYs in memory. */
export class MemoryIdentifies implements IdentifyLedger {
  readonly spent: { applicationId: string; at: Date }[] = [];

  record(applicationId: string, at: Date): Promise<void> {
    this.spent.push({ applicationId, at });
    return Promise.resolve();
  }

  spentSince(applicationId: string, since: Date): Promise<{ count: number; last: Date | undefined }> {
    const times = this.spent
      .filter((spent) => spent.applicationId === applicationId && spent.at >= since)
      .map(({ at }) => at.getTime());
    return Promise.resolve({
      count: times.length,
      last: times.length === 0 ? undefined : new Date(Math.max(...times)),
    });
  }
}
