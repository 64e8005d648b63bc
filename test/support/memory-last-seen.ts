import type { LastSeenMark, LastSeenStore } from '../../src/bots/last-seen.ts';

/** Marks that are kept in memory alone, with every one that was ever saved. */
export interface MemoryLastSeen extends LastSeenStore {
  readonly saved: { readonly agentId: string; readonly mark: LastSeenMark }[];
  /** What {@link LastSeenStore.directChannels} tells. */
  direct: string[];
}

/** Makes a store without anything in it. */
export function memoryLastSeen(): MemoryLastSeen {
  const saved: MemoryLastSeen['saved'] = [];
  return {
    saved,
    direct: [],
    load: (agentId) => Promise.resolve(saved.findLast((entry) => entry.agentId === agentId)?.mark.messageId),
    save: (marks) => {
      for (const [agentId, mark] of marks) saved.push({ agentId, mark });
      return Promise.resolve();
    },
    directChannels(_, limit) {
      return Promise.resolve(this.direct.slice(0, limit));
    },
  };
}
