import type { MemorySize, StoredMemory, Turn } from '../memory/memory-store.ts';

/** What {@link memoryJson} makes a file of. */
export interface ExportedMemories {
  readonly userId: string;
  readonly exportedAt: Date;
  readonly memories: readonly StoredMemory[];
}

/** A user's memories for programs: keys in snake case, ids as text, times in ISO 8601. Nothing is left out. */
export function memoryAsJson({ userId, exportedAt, memories }: ExportedMemories) {
  return {
    user_id: userId,
    exported_at: exportedAt.toISOString(),
    memories: memories.map((memory) => ({
      agent: memory.agentName,
      agent_id: memory.agentId,
      scope: scopeName(memory.scope),
      summary: memory.summary ?? null,
      turns: memory.turns.map(turnAsJson),
    })),
  };
}

/** The same as a file for people and programs. Each key and each value of an array has a line of its own. */
export function memoryJson(exported: ExportedMemories): string {
  return `${JSON.stringify(memoryAsJson(exported), null, 2)}\n`;
}

/** How much there is of a memory, in the same manner. */
export function sizeAsJson({ agentId, agentName, scope, turns, first, last, hasSummary }: MemorySize) {
  return {
    agent: agentName,
    agent_id: agentId,
    scope: scopeName(scope),
    turns,
    first: first?.toISOString() ?? null,
    last: last?.toISOString() ?? null,
    has_summary: hasSummary,
  };
}

/** A turn in the same manner. */
export function turnAsJson({ exchangeId, at, question, answer }: Turn) {
  return { exchange_id: exchangeId, at: at.toISOString(), question, answer };
}

/** What a memory is kept for, for people and programs: `everywhere`, `dm`, or a guild's id. */
export function scopeName(scope: string): string {
  return scope === '' ? 'everywhere' : scope;
}
