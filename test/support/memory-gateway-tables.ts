import type { GatewaySession, IdentifyLedger, SessionStore } from '../../src/bots/gateway-session.ts';

/** Gateway sessions in memory. */
export class MemorySessions implements SessionStore {
  readonly saved = new Map<string, readonly GatewaySession[]>();
  /** What every save does first: throw to lose it. */
  beforeSave: () => Promise<void> = () => Promise.resolve();

  load(agentId: string): Promise<GatewaySession[]> {
    return Promise.resolve([...(this.saved.get(agentId) ?? [])]);
  }

  async save(sessions: ReadonlyMap<string, readonly GatewaySession[]>): Promise<void> {
    await this.beforeSave();
    for (const [agentId, list] of sessions) {
      if (list.length === 0) this.saved.delete(agentId);
      else this.saved.set(agentId, list);
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

  countSince(applicationId: string, since: Date): Promise<number> {
    const counted = this.spent.filter((spent) => spent.applicationId === applicationId && spent.at >= since);
    return Promise.resolve(counted.length);
  }
}
