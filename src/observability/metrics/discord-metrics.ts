import type { RequestObserver } from '../observers/request-observer.ts';
import type { Meters } from './meters.ts';

/** Upper bounds for a request to Discord, in seconds. */
const REQUEST_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

/** The scopes of rate limits that Discord knows. */
const SCOPES: ReadonlySet<string> = new Set(['user', 'global', 'shared']);

/** Times requests to Discord. */
export function discordMetrics(meters: Meters): RequestObserver {
  const took = meters.histogram<'status'>(
    'troupe_discord_request_duration_seconds',
    'How long requests to Discord take, by the class of their status; "failed": not answered.',
    REQUEST_BUCKETS,
  );
  const limited = meters.counter<'scope'>(
    'troupe_discord_rate_limited_total',
    'Requests that Discord answered with 429, by whose limit it was.',
  );
  return ({ status, ms, scope = '' }) => {
    took.observe({ status: classOf(status) }, ms / 1_000);
    if (status === 429) limited.add({ scope: SCOPES.has(scope) ? scope : 'unknown' });
  };
}

function classOf(status: number | undefined): string {
  if (status === undefined) return 'failed';
  return status === 429 ? '429' : `${Math.floor(status / 100)}xx`;
}
