import type { ErrorInit } from './api-error.ts';
import type { Expectation } from './expectations.ts';
import type { ApiName } from './recorded-request.ts';
import type { Latency } from './reply.ts';

/**
 * When an answer breaks: before anything is sent, after the headers, or after so many tokens (at the latest before
 * the events that say it is complete). A whole answer has no tokens: it then breaks in the middle of its body.
 */
export type BreakPoint = 'nothing' | 'headers' | number;

/** How an answer breaks. */
export type BreakHow =
  /** The connection is cut. */
  | 'drop'
  /** Silence until the fault is lifted; then it goes on. */
  | 'hang'
  /** The response ends as if that were all. */
  | 'end'
  /** One event (or the body) is no JSON. */
  | 'garble'
  /** An error event comes instead of the rest. */
  | 'error';

/** The headers of an error, which may depend on API and time (milliseconds since 1970). */
export type FaultHeaders = (api: ApiName, now: number) => Record<string, string>;

/** What a fault does to a request. */
export type FaultEffect =
  | { type: 'refuse'; status: number; error: ErrorInit; headers: FaultHeaders }
  | { type: 'slow'; latency: Latency }
  | { type: 'break'; how: BreakHow; after: BreakPoint; status: number; error: ErrorInit }
  | { type: 'split'; bytes: number };

/** A fault in force. */
export type Fault = Expectation<FaultEffect>;

/** What a rate limit tells in its headers; each API has its own names for it. */
export function rateLimitHeaders(
  api: ApiName,
  now: number,
  retryAfterMs: number | undefined,
): Record<string, string> {
  const seconds = Math.ceil((retryAfterMs ?? 0) / 1_000);
  if (api === 'openai') {
    return {
      'x-ratelimit-limit-requests': '500',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': `${seconds}s`,
    };
  }
  return {
    'anthropic-ratelimit-requests-limit': '50',
    'anthropic-ratelimit-requests-remaining': '0',
    'anthropic-ratelimit-requests-reset': new Date(now + seconds * 1_000).toISOString(),
  };
}
