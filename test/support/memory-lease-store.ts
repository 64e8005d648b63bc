import { mayTake } from '../../src/leases/may-take.ts';
import type { HeldLease, LeaseHolder, LeaseStore } from '../../src/leases/lease-store.ts';

interface Row {
  readonly holder: LeaseHolder;
  readonly fence: bigint;
  readonly until: number;
}

/** Leases in memory, by this process's clock. */
export class MemoryLeaseStore implements LeaseStore {
  readonly #rows = new Map<string, Row>();

  claim(agentIds: readonly string[], holder: LeaseHolder, ttl: number): Promise<Map<string, bigint>> {
    const gained = new Map<string, bigint>();
    for (const agentId of agentIds) {
      const row = this.#rows.get(agentId);
      if (row !== undefined && !mayTake(held(agentId, row), holder)) continue;
      const fence = (row?.fence ?? 0n) + 1n;
      this.#rows.set(agentId, { holder, fence, until: Date.now() + ttl });
      gained.set(agentId, fence);
    }
    return Promise.resolve(gained);
  }

  renew(fences: ReadonlyMap<string, bigint>, holder: LeaseHolder, ttl: number): Promise<Set<string>> {
    const ours = this.#ours(fences, holder);
    for (const [agentId, row] of ours) this.#rows.set(agentId, { ...row, until: Date.now() + ttl });
    return Promise.resolve(new Set(ours.map(([agentId]) => agentId)));
  }

  release(fences: ReadonlyMap<string, bigint>, holder: LeaseHolder): Promise<void> {
    for (const [agentId, row] of this.#ours(fences, holder)) {
      this.#rows.set(agentId, { ...row, holder: { ...row.holder, processId: '' }, until: -Infinity });
    }
    return Promise.resolve();
  }

  list(): Promise<HeldLease[]> {
    return Promise.resolve([...this.#rows].map(([agentId, row]) => held(agentId, row)));
  }

  #ours(fences: ReadonlyMap<string, bigint>, { processId }: LeaseHolder): [string, Row][] {
    return [...this.#rows].filter(
      ([agentId, { holder, fence }]) => holder.processId === processId && fences.get(agentId) === fence,
    );
  }
}

function held(agentId: string, { holder, until }: Row): HeldLease {
  return { agentId, holder, isLive: until > Date.now() };
}
