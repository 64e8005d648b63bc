import type { AdminUserStore } from '../access/admin-user-store.ts';
import type { FirstRunCode } from '../access/first-run-code.ts';
import type { HttpConfig } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';
import { isLoopback } from './admin/guard/allowed-host.ts';

/** What {@link announceFirstRun} needs. */
export interface FirstRunOptions {
  readonly adminUsers: Pick<AdminUserStore, 'hasAdmin'>;
  readonly firstRun: FirstRunCode;
  readonly http: HttpConfig;
  /** Where the server listens. */
  readonly url: string;
  readonly logger: Logger;
}

/** For a host without an admin: shows the code that makes one, and says what is served until then. */
export async function announceFirstRun({
  adminUsers,
  firstRun,
  http,
  url,
  logger,
}: FirstRunOptions): Promise<void> {
  if (await adminUsers.hasAdmin()) return;
  if (!isLoopback(http.host)) {
    logger.warn(
      'others can reach this host and there is no admin yet: only probes, metrics and the page to make one are served',
      { address: url },
    );
  }
  firstRun.offer();
}
