import { isIP } from 'node:net';
import type { Parsed, Parser } from './parsers.ts';

/** Names of hosts, as a Host header has them without the port. */
export const hostNames: Parser<readonly string[]> = listed(
  'names such as troupe.example.com, with commas between them',
  (text) =>
    isIP(text.replaceAll(/^\[|\]$/g, '')) > 0 || /^[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d-]+)*$/.test(text)
      ? { value: text.replaceAll(/^\[|\]$/g, '') }
      : { problem: 'is not the name of a host, without a port' },
);

/** Origins, as an Origin header has them. */
export const origins: Parser<readonly string[]> = listed(
  'origins such as https://troupe.example.com, with commas between them',
  (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined &&
      /^https?:$/.test(url.protocol) &&
      [url.origin, `${url.origin}/`].includes(text)
      ? { value: url.origin }
      : { problem: 'is not an origin: https:// and a name, perhaps a port, and nothing after it' };
  },
);

/** Addresses and networks. */
export const networks: Parser<readonly string[]> = listed(
  'addresses and networks such as 10.0.0.5 or 10.0.0.0/8, with commas between them',
  (text) => {
    const [address = '', bits, ...more] = text.split('/');
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    const isRight = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    return family > 0 && isRight && more.length === 0
      ? { value: text }
      : { problem: 'is not an IP address or a network' };
  },
);

/** Several with commas between them, in small letters; none when the text is empty. */
function listed(allowed: string, read: (text: string) => Parsed<string>): Parser<readonly string[]> {
  return {
    allowed,
    read: (text) => {
      const parts = text
        .toLowerCase()
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .map(read);
      const wrong = parts.find((part) => 'problem' in part);
      return wrong ?? { value: parts.flatMap((part) => ('value' in part ? [part.value] : [])) };
    },
  };
}
