import { AsyncLocalStorage } from 'node:async_hooks';
import type { REST } from '@discordjs/rest';
import { UnavailableError } from '../errors.ts';
import type { Lease } from '../leases/lease.ts';

/** How the program makes its requests, as @discordjs/rest wants it. */
type MakeRequest = REST['options']['makeRequest'];

/** The lease under which a request is made, for when its turn has come: it may have waited for a rate limit. */
const leases = new AsyncLocalStorage<Lease>();

/**
 * Makes a request once it is certain that the lease is held, and only if that is still so when the request is sent off.
 *
 * @param request - over a REST side that {@link heedLeases}
 * @throws {LeaseLostError}; {@link UnavailableError} when it was not certain any more: it may be tried again
 */
export async function underLease<Result>(lease: Lease, request: () => Promise<Result>): Promise<Result> {
  await lease.held();
  return leases.run(lease, request);
}

/** The same way to make requests, for those under a lease only while it is certain that that is held. */
export function heedLeases(makeRequest: MakeRequest): MakeRequest {
  return async (url, init) => {
    const lease = leases.getStore();
    // It would keep all waiting that come behind it, also those that need no lease.
    if (lease !== undefined && !(await isHeldNow(lease))) {
      throw new UnavailableError('it is not certain any more that this host runs the bot');
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
