import { createAccess, type AccessStores } from '../../access/access.ts';
import type { FirstRunCode } from '../../access/first-run-code.ts';
import { createPasswords } from '../../access/password.ts';
import type { Actor } from '../../audit/audit-log.ts';
import type { HttpConfig } from '../../config/config.ts';
import type { HttpApp } from '../http-server.ts';
import type { AccessParts } from './access/access-parts.ts';
import { addSessionRoutes } from './access/session-routes.ts';
import { addTokenRoutes } from './access/token-routes.ts';
import { addUserRoutes } from './access/user-routes.ts';
import { createGuard } from './guard/guard.ts';
import { type AdminApiOptions, openAdminApi } from './open-admin-api.ts';
import { addPageRoutes } from './pages/page-routes.ts';

/** What {@link openAdmin} puts together. */
export interface AdminOptions extends Pick<AdminApiOptions, 'parts' | 'streams' | 'onRoute' | 'more'> {
  readonly http: HttpConfig;
  readonly stores: AccessStores;
  /** The same, with changes on record in somebody's name. */
  readonly storesFor: (actor: Actor) => AccessStores;
  readonly firstRun: FirstRunCode;
}

/** Opens the admin API and its pages, with those who may use them. */
export function openAdmin({
  http,
  stores,
  storesFor,
  firstRun,
  more = [],
  ...api
}: AdminOptions): Promise<HttpApp> {
  const { logger } = api.parts;
  const passwords = createPasswords();
  const access = createAccess({ stores, storesFor, passwords, now: Date.now, logger });
  const hasAdmin = rememberYes(() => stores.adminUsers.hasAdmin());
  const parts: AccessParts = { access, stores, storesFor, passwords, firstRun, hasAdmin, now: Date.now };
  return openAdminApi({
    ...api,
    guard: createGuard({ http, access, hasAdmin, logger }),
    more: [
      (app) => {
        for (const add of [addPageRoutes, addSessionRoutes, addTokenRoutes, addUserRoutes]) add(app, parts);
      },
      ...more,
    ],
  });
}

/** Asks no more once it was so: the last admin cannot be taken away. */
function rememberYes(ask: () => Promise<boolean>): () => Promise<boolean> {
  let isSo = false;
  return async () => (isSo ||= await ask());
}
