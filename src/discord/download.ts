import { UnavailableError } from '../errors.ts';

/** How much of a file is wanted, and how long that may take. */
export interface DownloadLimits {
  readonly maxBytes: number;
  /** In milliseconds, for the whole of it. */
  readonly timeout: number;
}

/**
 * The first bytes of a file on Discord's file server. What is behind them is not loaded, and no redirect is followed:
 * the address is Discord's, and where it leads does not become somebody else's choice.
 *
 * @param address - http or https. Its path has a user's words and its query a signature: no error tells more than its
 *   host
 * @throws {UnavailableError} when it cannot be had; the reason of `signal` when that aborts
 */
export async function download(
  address: string,
  { maxBytes, timeout }: DownloadLimits,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const url = URL.parse(address);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new UnavailableError('a file of a message has no address that can be loaded');
  }
  let problem: string;
  let cause: unknown;
  try {
    const until = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
    const response = await fetch(url, { redirect: 'manual', signal: until });
    if (response.ok) return await firstBytes(response, maxBytes);
    await response.body?.cancel();
    problem = `HTTP ${response.status}`;
  } catch (error) {
    signal.throwIfAborted();
    problem = error instanceof DOMException ? `not within ${timeout / 1_000} s` : 'no connection';
    cause = error;
  }
  throw new UnavailableError(`a file of a message cannot be loaded from ${url.host} (${problem})`, { cause });
}

/** Reads until there is enough, then hangs up. */
async function firstBytes(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body !== null) {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      size += chunk.byteLength;
      // Leaving the loop cancels the rest.
      if (size >= maxBytes) break;
    }
  }
  return new Uint8Array(Buffer.concat(chunks).subarray(0, maxBytes));
}
