import type { LeaseStore } from './lease-store.ts';

/** What is written behind under a lease. */
export interface WrittenBehind {
  /** Resolves once it is committed, or cannot be now. */
  flush(): Promise<void>;
}

/** These leases, none of which others may take before what is still to be written under it is written, or cannot be. */
export function releasedWhenWritten(store: LeaseStore, journal: WrittenBehind): LeaseStore {
  return {
    claim: (...given) => store.claim(...given),
    renew: (...given) => store.renew(...given),
    list: () => store.list(),
    release: async (...given) => {
      await journal.flush();
      await store.release(...given);
    },
  };
}
