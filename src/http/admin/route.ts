import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Principal, Requirement } from '../../access/principal.ts';
import type { ApiParts } from './api-parts.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * What a caller must be allowed; `somebody`: any login will do; `nobody`: it needs none. Every route says so, or the app
     * does not start.
     */
    readonly needs?: Requirement | 'somebody' | 'nobody';
    /**
     * Whether the same request under the same `Idempotency-Key` makes nothing more. False: a key is refused, since what is
     * asked or answered is a secret, and is not kept. Default: it makes nothing, and a key means nothing to it.
     */
    readonly isIdempotent?: boolean;
  }
  interface FastifyRequest {
    /** Who asks; undefined where no login is needed and none was shown. */
    principal: Principal | undefined;
    /** Asks anew who that is: undefined once they are nobody any more. */
    recognise: () => Promise<Principal | undefined>;
  }
}

/** Adds some routes to the app. */
export type AddRoutes = (app: FastifyInstance, parts: ApiParts) => void;

/** The app, with its requests and answers typed by the schemas of each route. */
export function typed(app: FastifyInstance) {
  return app.withTypeProvider<ZodTypeProvider>();
}
