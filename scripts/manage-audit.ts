// npm run audit: shows the record of changes, and proves that it is whole.
import { manageAudit } from '../src/cli/audit/manage-audit.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';
import { loadConfig } from '../src/config/config.ts';
import { readEnvironment } from '../src/config/environment.ts';
import { openDatabase } from '../src/database/open-database.ts';
import { silentLogger } from '../src/observability/logger.ts';

endQuietly();
process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  return manageAudit(process.argv.slice(2), process, {
    now: () => new Date(),
    open: () => openDatabase({ ...loadConfig(env), logger: silentLogger }),
  });
}, process);
