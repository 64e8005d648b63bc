// npm run users: shows, exports or erases all that there is of a user.
import { callingFolder } from '../src/cli/calling-folder.ts';
import { confirm } from '../src/cli/confirm.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { manageUsers } from '../src/cli/users/manage-users.ts';
import { openUsers } from '../src/cli/users/open-users.ts';
import { readEnvironment } from '../src/config/environment.ts';

endQuietly();
process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  return manageUsers(process.argv.slice(2), process, {
    cwd: callingFolder(env, 'users'),
    now: () => new Date(),
    openUsers: () => openUsers(env),
    confirm,
  });
}, process);
