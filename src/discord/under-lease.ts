import { AsyncLocalStorage } from 'node:async_hooks';
import type { REST } from '@discordjs/rest';
import { UnavailableError } from '../errors.ts';
import type { Lease } from '../leases/lease.ts';

/** How the program makes its requests, as @discordjs/rest wants it. */
type MakeRequest = REST['options']['makeRequest'];

/** The lease under which a request is made, for when its turn has come: it may have waited for a rate limit. */
const leases = new AsyncLocalStorage<Lease>();

/**
 * Makes a request that is sent off only while it is certain that the lease is held, however long it waits for its turn.
 *
 * @param request - over a REST side that {@link heedLeases}
 * @throws {LeaseLostError}; {@link UnavailableError} when it is not certain at present: it may be tried again
 */
export function underLease<Result>(lease: Lease, request: () => Promise<Result>): Promise<Result> {
  return leases.run(lease, request);
}

/** The same way to make requests, for those under a lease only while it is certain that that is held. */
export function heedLeases(makeRequest: MakeRequest): MakeRequest {
  return async (url, init) => {
    const lease = leases.getStore();
    // To wait here would hold up all that come behind it, also those that need no lease.
    if (lease !== undefined && !(await isHeldNow(lease))) {
      throw new UnavailableError('it is not certain at present that this host runs the bot');
    }
    return makeRequest(url, init);
  };
}

/** @throws {LeaseLostError} */
function isHeldNow(lease: Lease): Promise<boolean> {
  const held = lease.held().then(() => true);
  const isNot = new Promise<boolean>((resolve) => setImmediate(resolve, false));
  return Promise.race([held, isNot]);
}
