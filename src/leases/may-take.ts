import type { HeldLease, LeaseHolder } from './lease-store.ts';

/**
 * Whether a lease may be taken by this holder now: it has run out, or an earlier process of the same host had it that is
 * proved to be gone. One's own is nobody else's either.
 *
 * @param lease - as the database has it
 */
export function mayTake({ holder: present, isLive }: HeldLease, holder: LeaseHolder): boolean {
  if (!isLive || present.processId === holder.processId) return true;
  return (
    present.proof !== '' &&
    present.proof === holder.proof &&
    present.hostId === holder.hostId &&
    // Ids of processes sort by the time of their start: what shows the proof later must not be robbed by it.
    present.processId < holder.processId
  );
}
