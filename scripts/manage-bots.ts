// npm run bots: shows the bots as they run, and gives them commands.
import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { manageBots } from '../src/cli/bots/manage-bots.ts';
import { openBots } from '../src/cli/bots/open-bots.ts';
import { endQuietly } from '../src/cli/quiet-end.ts';
import { exitCodeOf } from '../src/cli/run-command.ts';
import { readEnvironment } from '../src/config/environment.ts';

endQuietly();
process.exitCode = await exitCodeOf(() => {
  const env = readEnvironment();
  return manageBots(process.argv.slice(2), process, {
    now: () => new Date(),
    sleep: (ms) => sleep(ms),
    user: systemUser(),
    openBots: () => openBots(env),
  });
}, process);

/** A container may run under a number that has no name. */
function systemUser(): string {
  try {
    return `cli: ${userInfo().username}`;
  } catch {
    return 'cli';
  }
}
