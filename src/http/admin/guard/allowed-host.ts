import { isIP } from 'node:net';

/** Names of this machine itself: whoever uses one of them is on it, or was sent here by somebody who is. */
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

/** What a server listens on that is every address. */
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '::0']);

/** The name in a Host header, without its port and the brackets of IPv6; undefined when it is none. */
export function hostNameOf(header: string | undefined): string | undefined {
  const [, bracketed, plain] = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i.exec(header ?? '') ?? [];
  return (bracketed ?? plain)?.toLowerCase().replace(/\.$/, '');
}

/** Whether an address is of this machine alone. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.has(address.toLowerCase()) || (isIP(address) === 4 && address.startsWith('127.'));
}

/**
 * Whether a request under this name is answered. A page of a stranger can have its own name lead to this machine (DNS
 * rebinding), but it cannot have the browser send another name.
 *
 * @param bound - what the server listens on: a wildcard is reached under every IP address, which no page can have as a name
 */
export function isAllowedHost(
  header: string | undefined,
  { bound, allowed }: { readonly bound: string; readonly allowed: readonly string[] },
): boolean {
  const name = hostNameOf(header);
  if (name === undefined) return false;
  if (LOOPBACK.has(name) || allowed.includes(name)) return true;
  if (WILDCARDS.has(bound)) return isIP(name) > 0;
  return name === bound.toLowerCase();
}
