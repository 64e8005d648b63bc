import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Where a request came from. */
export interface Caller {
  /** An IP address. */
  readonly address: string;
  /** Whether it came by https. */
  readonly isSecure: boolean;
}

/**
 * Tells where requests came from. What `X-Forwarded-For` and `X-Forwarded-Proto` say counts as far as proxies that are
 * trusted wrote it: anybody can send these headers.
 *
 * @param onStranger - told of addresses that send them and are not trusted
 */
export function createCallerOf(
  trustedProxies: readonly string[],
  onStranger: (address: string) => void = () => undefined,
): (request: IncomingMessage) => Caller {
  const trusted = new BlockList();
  for (const network of trustedProxies) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    trusted.addSubnet(address, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family);
  }
  const isTrusted = (address: string): boolean =>
    isIP(address) > 0 && trusted.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  return ({ socket, headers }) => {
    const direct = plain(socket.remoteAddress ?? '');
    if (!isTrusted(direct)) {
      if (headers['x-forwarded-for'] !== undefined) onStranger(direct);
      return { address: direct, isSecure: false };
    }
    const chain = listIn(headers['x-forwarded-for']).map(withoutPort).map(plain);
    // From the nearest: the first that no trusted proxy is.
    const address = chain.findLast((one) => !isTrusted(one)) ?? chain[0] ?? direct;
    return {
      address: isIP(address) > 0 ? address : direct,
      isSecure: listIn(headers['x-forwarded-proto']).at(-1)?.toLowerCase() === 'https',
    };
  };
}

function listIn(header: string | string[] | undefined): string[] {
  return [header ?? []]
    .flat()
    .join(',')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Some proxies write the port as well: `192.0.2.7:4711`, `[2001:db8::1]:4711`. */
function withoutPort(address: string): string {
  return address.replace(/^([\d.]+):\d+$/, '$1').replace(/^\[(.+)\](?::\d+)?$/, '$1');
}

/** An IPv4 address that came over an IPv6 socket is itself. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
