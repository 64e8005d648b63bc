import type {
  MemoryFilter,
  MemoryOwner,
  MemorySize,
  MemoryStore,
  Recollection,
  StoredMemory,
  Turn,
} from '../../src/memory/memory-store.ts';

interface Memory extends MemoryOwner {
  readonly id: string;
  summary: Recollection['summary'];
  turns: Turn[];
}

/** Memories in memory, with every promise of {@link MemoryStore}. */
export class FakeMemoryStore implements MemoryStore {
  /** While set, whatever reads throws it: `recall`, `turnsAfter`, `sizes`, `export`. */
  failReads: Error | undefined;
  /** While set, whatever writes throws it: `remember`, `saveSummary`, `forget`. */
  failWrites: Error | undefined;
  #memories: Memory[] = [];
  #serial = 0;
  readonly #names: Map<string, string>;

  /** @param names - agents' names by their ids; an agent without one is an agent that is gone */
  constructor(names: Readonly<Record<string, string>> = {}) {
    this.#names = new Map(Object.entries(names));
  }

  /** Gives an agent a name, or takes it away: then the agent is gone. */
  nameAgent(id: string, name: string | undefined): void {
    if (name === undefined) this.#names.delete(id);
    else this.#names.set(id, name);
  }

  async recall(owner: MemoryOwner, limit: number): Promise<Recollection> {
    const memory = (await this.#read()).find((other) => isSame(other, owner)) ?? this.#begin(owner);
    const { id, summary, turns } = memory;
    return structuredClone({ memoryId: id, summary, turns: limit === 0 ? [] : turns.slice(-limit) });
  }

  async remember(memoryId: string, turn: Turn): Promise<boolean> {
    const memory = (await this.#write()).find(({ id }) => id === memoryId);
    if (memory === undefined) return false;
    memory.turns = memory.turns.filter(({ exchangeId }) => exchangeId !== turn.exchangeId);
    memory.turns.push(structuredClone(turn));
    memory.turns.sort((a, b) => compare(a.exchangeId, b.exchangeId));
    return true;
  }

  async turnsAfter(memoryId: string, after: string | undefined, limit: number): Promise<Turn[]> {
    const turns = (await this.#read()).find(({ id }) => id === memoryId)?.turns ?? [];
    const later = turns.filter(({ exchangeId }) => after === undefined || exchangeId > after);
    return structuredClone(later.slice(0, limit));
  }

  async saveSummary(memoryId: string, summary: { text: string; until: string }): Promise<boolean> {
    const memory = (await this.#write()).find(({ id }) => id === memoryId);
    if (memory === undefined) return false;
    memory.summary = { ...summary };
    return true;
  }

  async sizes(filter: MemoryFilter): Promise<MemorySize[]> {
    return this.#of(await this.#read(), filter).map(({ agentId, scope, summary, turns }) => ({
      agentId,
      agentName: this.#nameOf(agentId),
      scope,
      turns: turns.length,
      hasSummary: summary !== undefined,
      first: turns[0]?.at,
      last: turns.at(-1)?.at,
    }));
  }

  async export(filter: MemoryFilter): Promise<StoredMemory[]> {
    return this.#of(await this.#read(), filter).map(({ agentId, userId, scope, summary, turns }) => ({
      agentId,
      agentName: this.#nameOf(agentId),
      userId,
      scope,
      summary: summary?.text,
      turns: structuredClone(turns),
    }));
  }

  async forget(
    filter: MemoryFilter & { readonly scope?: string | undefined },
  ): Promise<{ memories: number; turns: number }> {
    const all = await this.#write();
    const gone = this.#of(all, filter).filter(
      ({ scope }) => filter.scope === undefined || scope === filter.scope,
    );
    this.#memories = all.filter((memory) => !gone.includes(memory));
    return { memories: gone.length, turns: gone.reduce((sum, { turns }) => sum + turns.length, 0) };
  }

  async #read(): Promise<Memory[]> {
    await Promise.resolve();
    if (this.failReads !== undefined) throw this.failReads;
    return this.#memories;
  }

  async #write(): Promise<Memory[]> {
    await Promise.resolve();
    if (this.failWrites !== undefined) throw this.failWrites;
    return this.#memories;
  }

  #begin({ agentId, userId, scope }: MemoryOwner): Memory {
    const id = `memory-${++this.#serial}`;
    const memory: Memory = { id, agentId, userId, scope, summary: undefined, turns: [] };
    this.#memories.push(memory);
    return memory;
  }

  #nameOf(agentId: string): string {
    return this.#names.get(agentId) ?? agentId;
  }

  #of(memories: readonly Memory[], { userId, agentId }: MemoryFilter): Memory[] {
    return memories
      .filter((memory) => memory.userId === userId && (agentId ?? memory.agentId) === memory.agentId)
      .sort(
        (a, b) =>
          this.#nameOf(a.agentId).localeCompare(this.#nameOf(b.agentId), 'en') ||
          compare(a.agentId, b.agentId) ||
          compare(a.scope, b.scope),
      );
  }
}

function isSame(a: MemoryOwner, b: MemoryOwner): boolean {
  return a.agentId === b.agentId && a.userId === b.userId && a.scope === b.scope;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
