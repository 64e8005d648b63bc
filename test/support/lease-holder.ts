import { randomUUID } from 'node:crypto';
import type { LeaseHolder } from '../../src/leases/lease-store.ts';
import { uuidV7 } from '../../src/util/uuid-v7.ts';

/** A process that started just now, of a host of its own without proof but for what is said otherwise. */
export function leaseHolder(parts: Partial<LeaseHolder> = {}): LeaseHolder {
  return { hostId: randomUUID(), processId: uuidV7(Date.now()), proof: '', hostName: 'a-host', ...parts };
}
