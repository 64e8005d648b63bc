import type { FastifyInstance } from 'fastify';
import { type AccessOptions, createAccess } from '../../access/access.ts';
import type { FirstRunCode } from '../../access/first-run-code.ts';
import { createPasswords } from '../../access/password.ts';
import type { HttpConfig } from '../../config/config.ts';
import type { HttpApp } from '../http-server.ts';
import type { AccessParts } from './access/access-parts.ts';
import { addSessionRoutes } from './access/session-routes.ts';
import { addTokenRoutes } from './access/token-routes.ts';
import { addUserRoutes } from './access/user-routes.ts';
import { openAdminApp } from './admin-app.ts';
import { createGuard } from './guard/guard.ts';
import { addPageRoutes } from './pages/page-routes.ts';

/** What {@link openAdmin} puts together. */
export interface AdminOptions extends Omit<AccessOptions, 'passwords' | 'now'> {
  readonly http: HttpConfig;
  readonly firstRun: FirstRunCode;
  /** What there is besides who may; each is guarded by what its routes need. Default: nothing. */
  readonly routes?: readonly ((app: FastifyInstance) => void)[];
}

/** Opens the admin API and its pages, with those who may use them. */
export function openAdmin({ http, firstRun, routes = [], ...options }: AdminOptions): Promise<HttpApp> {
  const { stores, storesFor, logger } = options;
  const passwords = createPasswords();
  const access = createAccess({ ...options, passwords, now: Date.now });
  const hasAdmin = rememberYes(() => stores.adminUsers.hasAdmin());
  const parts: AccessParts = { access, stores, storesFor, passwords, firstRun, hasAdmin, now: Date.now };
  return openAdminApp({
    guard: createGuard({ http, access, hasAdmin }),
    routes: [
      (app) => {
        addPageRoutes(app, parts);
        addSessionRoutes(app, parts);
        addTokenRoutes(app, parts);
        addUserRoutes(app, parts);
      },
      ...routes,
    ],
    logger,
  });
}

/** Asks no more once it was so: the last admin cannot be taken away. */
function rememberYes(ask: () => Promise<boolean>): () => Promise<boolean> {
  let isSo = false;
  return async () => (isSo ||= await ask());
}
