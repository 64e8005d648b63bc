import { isIPv6 } from 'node:net';

/**
 * Under what an address is counted, the narrowest first. Whoever has one IPv6 address has a /64 of them, and often a /48:
 * single addresses say nothing there.
 */
export function addressKeys(address: string): readonly string[] {
  if (!isIPv6(address)) return [address];
  const groups = groupsOf(address);
  return [4, 3].map((count) => `${groups.slice(0, count).join(':')}::/${count * 16}`);
}

/** All eight, without leading zeros. */
function groupsOf(address: string): string[] {
  const [bare = ''] = address.split('%');
  // As a host name it has one form, and no IPv4 address at its end.
  const [head = '', tail] = new URL(`http://[${bare}]`).hostname.slice(1, -1).split('::');
  const [before, after] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== ''));
  const left = before ?? [];
  const right = after ?? [];
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
}
