import { createHash } from 'node:crypto';
import { InputError, TroupeError } from '../errors.ts';
import { readText } from './read-text.ts';
import type { ReadOptions, Source, SourceReading } from './source.ts';
import { refusedWith, unreachable } from './unreachable.ts';

/** How often a server is asked whether the file has changed, in milliseconds. */
const INTERVAL = 30_000;

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Hosts to which plain HTTP is spoken: nobody listens between. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** One file on a web server; what type of content it says to be does not matter. */
export function urlSource(text: string, timeout: number): Source {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw new InputError('the source is no valid URL');
  const shown = url.origin + url.pathname;
  const fault = faultOf(url);
  if (fault !== undefined) throw new InputError(`${shown} cannot be read: ${fault}`);
  return {
    shown,
    interval: INTERVAL,
    async read({ known, signal }: ReadOptions = {}): Promise<SourceReading | undefined> {
      const deadline = AbortSignal.timeout(timeout);
      try {
        const response = await get(url, shown, {
          headers: conditions(known),
          signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
        });
        if (response.status === 304) return undefined;
        if (!response.ok) throw refusedWith(shown, response.status);
        const body = await readText(shown, response.body ?? []);
        const version = versionOf(response, body);
        return version === known ? undefined : { texts: [{ file: shown, text: body }], version };
      } catch (error) {
        throw error instanceof TroupeError ? error : unreachable(shown, error);
      }
    },
  };
}

/** Follows redirects, but to no other scheme. A body that is not read is let go of. */
async function get(
  url: URL,
  shown: string,
  init: { headers: Record<string, string>; signal: AbortSignal },
): Promise<Response> {
  let at = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await fetch(at, { ...init, redirect: 'manual' });
    if (response.ok) return response;
    await response.body?.cancel();
    const location = response.headers.get('location');
    if (!REDIRECTS.has(response.status) || location === null) return response;
    at = redirect(at, location, shown);
  }
  throw new InputError(`${shown} cannot be read: it redirects more than ${MAX_REDIRECTS} times`);
}

function redirect(from: URL, location: string, shown: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (to?.protocol === from.protocol && faultOf(to) === undefined) return to;
  throw new InputError(
    `${shown} cannot be read: it redirects to where it is not followed; only ${from.protocol} is`,
  );
}

function faultOf(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') return 'a URL with a password in it is not taken';
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname))
    return 'http is only for this machine; use https';
  return undefined;
}

const ETAG = 'etag ';

/** A date of last modification would do without a hash, but its seconds are too coarse to tell two versions apart. */
function versionOf({ headers }: Response, body: string): string {
  const etag = headers.get('etag');
  return etag === null ? createHash('sha256').update(body).digest('base64') : ETAG + etag;
}

function conditions(known = ''): Record<string, string> {
  return known.startsWith(ETAG) ? { 'if-none-match': known.slice(ETAG.length) } : {};
}
