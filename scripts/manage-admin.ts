// npm run admin: who may log in to the admin API.
import { createPasswords } from '../src/access/password.ts';
import { manageAdmin } from '../src/cli/admin/manage-admin.ts';
import { openAdminUsers } from '../src/cli/admin/open-admin-users.ts';
import { askHidden } from '../src/cli/admin/read-password.ts';
import { confirm } from '../src/cli/confirm.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { readEnvironment } from '../src/config/environment.ts';

endQuietly();
process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  return manageAdmin(process.argv.slice(2), process, {
    now: () => new Date(),
    open: () => openAdminUsers(env),
    passwords: createPasswords(),
    askHidden,
    confirm,
  });
}, process);
