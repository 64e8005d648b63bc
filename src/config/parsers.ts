import { resolve } from 'node:path';

/** What became of a setting's text: a value, or what is wrong with it and what would be right. */
export type Parsed<Value> = { value: Value } | { problem: string; allowed: string };

/** Reads one setting's text, which is trimmed and not empty unless the setting's default is. */
export type Parser<Value> = (text: string) => Parsed<Value>;

/** The least and the greatest value that is allowed, both included unless said otherwise. */
export interface Range {
  min: number;
  max: number;
}

/** A whole number in decimal digits. */
export function integer({ min, max }: Range): Parser<number> {
  const allowed = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
  return (text) => {
    const value = Number(text);
    return /^\d+$/.test(text) && value >= min && value <= max
      ? { value }
      : { problem: 'is not a whole number in range', allowed };
  };
}

/** A day. Node's timers fire at once when asked to wait for more than 24 of these. */
const MAX_SECONDS = 86_400;

/**
 * A time in seconds, fractions allowed, at most a day; the value is in whole milliseconds, rounded up, so that
 * a time above 0 stays above 0.
 */
export function seconds({ zero }: { zero: boolean }): Parser<number> {
  const allowed = `seconds, such as 10 or 0.5, ${zero ? 'from 0' : 'above 0'} up to ${MAX_SECONDS}`;
  return (text) => {
    const value = Number(text);
    const fits = /^(\d+\.?\d*|\.\d+)$/.test(text) && (zero || value > 0) && value <= MAX_SECONDS;
    return fits ? { value: Math.ceil(value * 1000) } : { problem: 'is not a time in range', allowed };
  };
}

/** One of several words, in any case. Aliases are accepted too, and not advertised. */
export function oneOf<const Word extends string>(
  words: readonly Word[],
  aliases: Readonly<Record<string, Word>> = {},
): Parser<Word> {
  return (text) => {
    const lower = text.toLowerCase();
    const value =
      words.find((word) => word === lower) ?? (Object.hasOwn(aliases, lower) ? aliases[lower] : undefined);
    return value === undefined
      ? { problem: 'is not one of the choices', allowed: words.join(', ') }
      : { value };
  };
}

/** Yes or no, in the ways that people write it. */
export const flag: Parser<boolean> = (text) => {
  const lower = text.toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(lower)) return { value: true };
  if (['false', '0', 'no', 'off'].includes(lower)) return { value: false };
  return { problem: 'is not a yes or no', allowed: 'true, false' };
};

/** A file's path, made absolute. */
export function filePath(cwd: string): Parser<string> {
  return (text) => ({ value: resolve(cwd, text) });
}

/** An address that a server can listen on: an IP address or a host name. */
export const host: Parser<string> = (text) =>
  /^[\w.:%-]+$/.test(text)
    ? { value: text }
    : { problem: 'is not an address to listen on', allowed: 'an IP address or a host name' };

/** The base address of an HTTP service, handed on without a slash at its end. */
export function httpUrl(example: string): Parser<string> {
  const allowed = `an address such as ${example}`;
  return (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
      return { problem: 'is not an http or https address', allowed };
    }
    if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
      return { problem: 'is not an address alone', allowed: `${allowed}, without a user, ? or #` };
    }
    return { value: url.href.replace(/\/+$/, '') };
  };
}

/** The most that a budget may be, in US dollars: its billionths are still whole numbers. */
const MAX_USD = 1_000_000;

/** Money in US dollars; the value is in billionths of a dollar. Undefined when the text is empty. */
export const usd: Parser<number | undefined> = (text) => {
  if (text === '') return { value: undefined };
  const value = Math.round(Number(text) * 1_000_000_000);
  return /^(\d+\.?\d*|\.\d+)$/.test(text) && value > 0 && Number(text) <= MAX_USD
    ? { value }
    : {
        problem: 'is not an amount in range',
        allowed: `US dollars, such as 5 or 0.50, above 0 up to ${MAX_USD}; empty for no limit`,
      };
};

/** What another parser reads; undefined when the text is empty. */
export function optional<Value>(parser: Parser<Value>): Parser<Value | undefined> {
  return (text) => (text === '' ? { value: undefined } : parser(text));
}

/** A key of 32 bytes in base64 or base64url; undefined when the text is empty. */
export const secretKey: Parser<Buffer | undefined> = (text) => {
  if (text === '') return { value: undefined };
  return /^[\w+/-]{43}=?$/.test(text)
    ? { value: Buffer.from(text, 'base64') }
    : { problem: 'is not a key', allowed: '32 bytes in base64 (openssl rand -base64 32)' };
};
