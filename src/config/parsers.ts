import { isAbsolute, relative, resolve, sep } from 'node:path';

/**
 * What became of a setting's text: a value, or what is wrong with it. `allowed` says what would be right when that is
 * more than the parser's own `allowed`.
 */
export type Parsed<Value> = { value: Value } | { problem: string; allowed?: string };

/** How one setting's text is read. */
export interface Parser<Value> {
  /** What is right, in words or as examples. */
  readonly allowed: string;
  /**
   * @param text - trimmed, and not empty unless the setting's default is
   * @param cwd - the folder where relative paths begin
   */
  readonly read: (text: string, cwd: string) => Parsed<Value>;
}

/** The least and the greatest value that is allowed, both included unless said otherwise. */
export interface Range {
  min: number;
  max: number;
}

/** A whole number in decimal digits. */
export function integer({ min, max }: Range): Parser<number> {
  return {
    allowed: max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`,
    read: (text) => {
      const value = Number(text);
      return /^\d+$/.test(text) && value >= min && value <= max
        ? { value }
        : { problem: 'is not a whole number in range' };
    },
  };
}

/** A day. Node's timers fire at once when asked to wait for more than 24 of these. */
const MAX_SECONDS = 86_400;

/**
 * A time in seconds, fractions allowed, at most a day; the value is in whole milliseconds, rounded up, so that
 * a time above 0 stays above 0.
 */
export function seconds({ zero }: { zero: boolean }): Parser<number> {
  return {
    allowed: `seconds, such as 10 or 0.5, ${zero ? 'from 0' : 'above 0'} up to ${MAX_SECONDS}`,
    read: (text) => {
      const value = Number(text);
      const fits = /^(\d+\.?\d*|\.\d+)$/.test(text) && (zero || value > 0) && value <= MAX_SECONDS;
      return fits ? { value: Math.ceil(value * 1000) } : { problem: 'is not a time in range' };
    },
  };
}

/** One of several words, in any case. Aliases are accepted too, and not advertised. */
export function oneOf<const Word extends string>(
  words: readonly Word[],
  aliases: Readonly<Record<string, Word>> = {},
): Parser<Word> {
  return {
    allowed: words.join(', '),
    read: (text) => {
      const lower = text.toLowerCase();
      const value =
        words.find((word) => word === lower) ?? (Object.hasOwn(aliases, lower) ? aliases[lower] : undefined);
      return value === undefined ? { problem: 'is not one of the choices' } : { value };
    },
  };
}

/** Yes or no, in the ways that people write it. */
export const flag: Parser<boolean> = {
  allowed: 'true, false',
  read: (text) => {
    const lower = text.toLowerCase();
    if (['true', '1', 'yes', 'on'].includes(lower)) return { value: true };
    if (['false', '0', 'no', 'off'].includes(lower)) return { value: false };
    return { problem: 'is not a yes or no' };
  },
};

const PATH = 'a path below the current folder, or an absolute one';

/** A file's path, made absolute. A relative one stays below `cwd`. */
export const filePath: Parser<string> = {
  allowed: PATH,
  read: (text, cwd) => {
    const problem = pathProblem(text, cwd);
    return problem === undefined
      ? { value: resolve(cwd, text) }
      : { problem, allowed: `${PATH}, if that is meant` };
  },
};

/** What is wrong with a path; undefined when nothing is. */
export function pathProblem(path: string, cwd: string): string | undefined {
  if (/\p{Cc}/u.test(path)) return 'is not a path: it holds a control character';
  const [first] = relative(cwd, resolve(cwd, path)).split(sep);
  return !isAbsolute(path) && first === '..' ? 'is not below the folder where it begins' : undefined;
}

/** An address that a server can listen on: an IP address or a host name. */
export const host: Parser<string> = {
  allowed: 'an IP address or a host name',
  read: (text) =>
    /^[\w.:%-]+$/.test(text) ? { value: text } : { problem: 'is not an address to listen on' },
};

/** The base address of an HTTP service, handed on without a slash at its end. */
export function httpUrl(example: string): Parser<string> {
  const allowed = `an address such as ${example}`;
  return {
    allowed,
    read: (text) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
        return { problem: 'is not an http or https address' };
      }
      if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
        return { problem: 'is not an address alone', allowed: `${allowed}, without a user, ? or #` };
      }
      return { value: url.href.replace(/\/+$/, '') };
    },
  };
}

/** The most that a budget may be, in US dollars: its billionths are still whole numbers. */
const MAX_USD = 1_000_000;

/** Money in US dollars; the value is in billionths of a dollar. */
export const usd: Parser<number> = {
  allowed: `US dollars, such as 5 or 0.50, above 0 up to ${MAX_USD}; empty for no limit`,
  read: (text) => {
    const value = Math.round(Number(text) * 1_000_000_000);
    return /^(\d+\.?\d*|\.\d+)$/.test(text) && value > 0 && Number(text) <= MAX_USD
      ? { value }
      : { problem: 'is not an amount in range' };
  },
};

/** Any text. */
export const anyText: Parser<string> = { allowed: 'any text', read: (text) => ({ value: text }) };

/** What another parser reads; undefined when the text is empty. */
export function optional<Value>({ allowed, read }: Parser<Value>): Parser<Value | undefined> {
  return { allowed, read: (text, cwd) => (text === '' ? { value: undefined } : read(text, cwd)) };
}

/** A key of 32 bytes in base64 or base64url. */
export const secretKey: Parser<Buffer> = {
  allowed: '32 bytes in base64 (openssl rand -base64 32)',
  read: (text) =>
    /^[\w+/-]{43}=?$/.test(text) ? { value: Buffer.from(text, 'base64') } : { problem: 'is not a key' },
};

/** Keys as {@link secretKey} reads them, with commas between them; also none. */
export const secretKeys: Parser<readonly Buffer[]> = {
  allowed: `${secretKey.allowed}, with commas between several`,
  read: (text, cwd) => {
    if (text === '') return { value: [] };
    const parsed = text.split(',').map((key) => secretKey.read(key.trim(), cwd));
    const wrong = parsed.find((key) => 'problem' in key);
    return wrong ?? { value: parsed.flatMap((key) => ('value' in key ? [key.value] : [])) };
  },
};

/** A share of a whole. */
export const ratio: Parser<number> = {
  allowed: 'a number from 0 to 1, such as 0.1',
  read: (text) => {
    const value = Number(text);
    return /^(\d+\.?\d*|\.\d+)$/.test(text) && value <= 1
      ? { value }
      : { problem: 'is not a number from 0 to 1' };
  },
};

/**
 * Names and values as OpenTelemetry writes them (opentelemetry.io/docs/specs/otel/protocol/exporter, "Specifying headers
 * via environment variables"): `a=1,b=2`, special characters percent-encoded. None at all when the text is empty.
 */
export const keyValues: Parser<Readonly<Record<string, string>>> = {
  allowed: 'name=value, with commas between several, special characters percent-encoded',
  read: (text) => {
    const pairs = text
      .split(',')
      .map((pair) => pair.trim())
      .filter((pair) => pair !== '')
      .map((pair) => /^([^=\s]+)\s*=\s*(.*)$/.exec(pair));
    const read = pairs.map((pair) => [decoded(pair?.[1]), decoded(pair?.[2])] as const);
    if (read.some((pair) => pair.includes(undefined))) return { problem: 'is not names and values' };
    return { value: Object.fromEntries(read) as Record<string, string> };
  },
};

/** The same for HTTP headers: names are tokens (RFC 9110, 5.6.2), values have no character above U+00FF. */
export const httpHeaders: Parser<Readonly<Record<string, string>>> = {
  allowed: keyValues.allowed,
  read: (text, cwd) => {
    const parsed = keyValues.read(text, cwd);
    if ('problem' in parsed) return parsed;
    const fit = Object.entries(parsed.value).every(
      ([name, value]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !/[^\0-\u00ff]/.test(value),
    );
    return fit ? parsed : { problem: 'is not names and values of headers' };
  },
};

/** What a percent-encoded text means; undefined when it cannot be one. */
function decoded(text: string | undefined): string | undefined {
  try {
    const plain = decodeURIComponent(text ?? '%');
    return /\p{Cc}/u.test(plain) ? undefined : plain;
  } catch {
    return undefined;
  }
}
