import { agentNameKey, type AgentDefinition } from '../../src/agents/agent-definition.ts';
import type { AgentRecord, BotIdentity, BotStatus } from '../../src/agents/agent-record.ts';
import type { AgentChange, AgentStore } from '../../src/agents/agent-store.ts';
import { InputError } from '../../src/errors.ts';

interface Row {
  readonly record: AgentRecord;
  readonly token: string | undefined;
}

/** An agents table in memory that keeps every promise of {@link AgentStore}; "encrypts" tokens by numbering, configs not at all. */
export class MemoryAgentStore implements AgentStore {
  /** How often anything was written. */
  writes = 0;
  #rows = new Map<string, Row>();
  #serial = 0;

  list(): Promise<AgentRecord[]> {
    return Promise.resolve([...this.#rows.values()].map(({ record }) => structuredClone(record)));
  }

  async apply(changes: readonly AgentChange[]): Promise<void> {
    await Promise.resolve();
    const before = this.#rows;
    this.#rows = new Map(before);
    try {
      // As the real table does it: what takes a deleted agent's name or token is no conflict.
      const ordered = changes.toSorted((a, b) => Number(b.kind === 'delete') - Number(a.kind === 'delete'));
      for (const change of ordered) this.#applyOne(change);
      this.writes++;
    } catch (error) {
      this.#rows = before;
      throw error;
    }
  }

  openToken(agent: Pick<AgentRecord, 'id' | 'sealedToken'>): string | undefined {
    return agent.sealedToken === undefined ? undefined : this.#rows.get(agent.id)?.token;
  }

  openConfig(agent: Pick<AgentRecord, 'id' | 'config'>): Record<string, unknown> {
    return structuredClone(agent.config);
  }

  async saveStatus(statuses: ReadonlyMap<string, BotStatus>): Promise<void> {
    for (const [id, status] of statuses) this.#patch(id, { status });
    return Promise.resolve();
  }

  async saveIdentity(id: string, identity: BotIdentity): Promise<void> {
    this.#patch(id, { identity });
    return Promise.resolve();
  }

  #patch(id: string, patch: Partial<AgentRecord>): void {
    const row = this.#rows.get(id);
    if (row !== undefined) this.#rows.set(id, { ...row, record: { ...row.record, ...patch } });
  }

  #applyOne(change: AgentChange): void {
    if (change.kind === 'delete') {
      this.#rows.delete(change.id);
      return;
    }
    const serial = ++this.#serial;
    const id = change.kind === 'create' ? `agent-${serial}` : change.id;
    const old = this.#rows.get(id);
    const { definition } = change;
    if (change.kind === 'update' && old === undefined) {
      throw new InputError(`agent "${definition.name}" was deleted meanwhile; nothing was changed`);
    }
    const token = change.token === undefined ? old?.token : (change.token ?? undefined);
    this.#refuseConflicts(id, definition, token);
    const kept = change.token === undefined ? old?.record : undefined;
    const record: AgentRecord = {
      ...structuredClone(definition),
      id,
      sealedToken: token === undefined ? undefined : (kept?.sealedToken ?? `sealed-${serial}`),
      identity: kept?.identity,
      status: old?.record.status ?? { state: 'stopped', reason: '' },
      version: (old?.record.version ?? 0) + 1,
      pausedAt: old?.record.pausedAt,
      presence: old?.record.presence,
      createdAt: old?.record.createdAt ?? new Date(serial),
      updatedAt: new Date(serial),
    };
    this.#rows.set(id, { record, token });
  }

  #refuseConflicts(id: string, { name }: AgentDefinition, token: string | undefined): void {
    for (const [otherId, other] of this.#rows) {
      if (otherId === id) continue;
      if (agentNameKey(other.record.name) === agentNameKey(name)) {
        throw new InputError(`agent "${name}": there is already an agent of that name`);
      }
      if (token !== undefined && other.token === token) {
        throw new InputError(
          `agent "${name}": its Discord token is already another agent's; each needs its own`,
        );
      }
    }
  }
}
