import type { FastifyInstance } from 'fastify';
import type { Principal, Requirement } from '../../access/principal.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller must be allowed; `somebody`: any login will do; `nobody`: it needs none. Every route says so, or the app does not start. */
    readonly needs?: Requirement | 'somebody' | 'nobody';
  }
  interface FastifyRequest {
    /** Who asks; undefined where no login is needed and none was shown. */
    principal: Principal | undefined;
  }
}

/** Adds some routes to the app. */
export type AddRoutes<Parts> = (app: FastifyInstance, parts: Parts) => void;
