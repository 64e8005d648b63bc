import { ok } from './router.ts';
import type { Route } from './router.ts';

/** Where the gateway is, and how many sessions may still be started. */
export const gatewayRoutes: readonly Route[] = [
  {
    method: 'GET',
    pattern: '/gateway',
    auth: 'none',
    handler: ({ core }) => ok({ url: core.gateway.url }),
  },
  {
    method: 'GET',
    pattern: '/gateway/bot',
    auth: 'bot',
    handler: ({ core, bot }) => {
      const { sessionStarts } = bot;
      const now = core.now();
      if (now >= sessionStarts.resetAt) {
        if (sessionStarts.resetAt > 0) sessionStarts.remaining = sessionStarts.total;
        sessionStarts.resetAt = now + 86_400_000;
      }
      return ok({
        url: core.gateway.url,
        shards: 1,
        session_start_limit: {
          total: sessionStarts.total,
          remaining: sessionStarts.remaining,
          reset_after: sessionStarts.resetAt - now,
          max_concurrency: core.settings.maxConcurrency,
        },
      });
    },
  },
];
