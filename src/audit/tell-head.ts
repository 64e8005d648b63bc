import type { Logger } from '../observability/logger.ts';
import { logDefects } from '../util/part-watch.ts';
import { repeat, type Repeating } from '../util/repeat.ts';
import type { AuditLog } from './audit-log.ts';

/** In milliseconds. */
const INTERVAL = 6 * 3_600_000;

/**
 * Logs where the audit log ends, now and every six hours as far as it has grown: entries that somebody takes off its end
 * later are missed by whoever has the lines of the log.
 */
export function tellAuditHead({
  auditLog,
  logger,
}: {
  readonly auditLog: Pick<AuditLog, 'head'>;
  readonly logger: Logger;
}): Repeating {
  let told = '';
  let wait = 0;
  return repeat(
    async () => {
      try {
        const { sequence, hash } = await auditLog.head();
        if (hash !== told && sequence > 0n)
          logger.info('the audit log ends', { entry: `${sequence}:${hash}` });
        told = hash;
      } catch (error) {
        logger.debug('could not look where the audit log ends; trying again later', { error });
      }
      wait = INTERVAL;
    },
    () => wait,
    { watch: logDefects('audit', logger) },
  );
}
