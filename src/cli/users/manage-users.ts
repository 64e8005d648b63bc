import path from 'node:path';
import { Command } from 'commander';
import { printable } from '../../agents-file/show-value.ts';
import { USER_KINDS, type UserCounts } from '../../memory/user-data.ts';
import { erasureAsJson, shareAsJson, userExportAsJson } from '../../memory/user-json.ts';
import { InputError } from '../../errors.ts';
import { jsonLine } from '../json-line.ts';
import { writePrivately } from '../memory/write-privately.ts';
import { parseUserId } from '../parse-user-id.ts';
import { type CommandOutput, exitCodeOf, tame } from '../run-command.ts';
import { amounts, erasureLine, sharesTable, sumOf } from './describe-user.ts';
import type { OpenUsers } from './open-users.ts';

/** The terminal, or what stands in for one. */
export interface ManageUsersIo extends CommandOutput {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stderr: CommandOutput['stderr'] & { readonly isTTY?: boolean };
}

/** What the command works with. */
export interface ManageUsersDeps {
  /** The folder from which relative paths begin. */
  readonly cwd: string;
  readonly now: () => Date;
  /** Opens the database; called once the command line is found to be in order. */
  readonly openUsers: () => Promise<OpenUsers>;
  /** Asks a yes-or-no question on standard error. Called only where somebody can answer. */
  readonly confirm: (question: string) => Promise<boolean>;
}

interface Flags {
  readonly json?: true;
  readonly out?: string;
  readonly force?: true;
  readonly yes?: true;
}

/** What a subcommand works on. */
interface Task extends OpenUsers {
  readonly userId: string;
  readonly flags: Flags;
  readonly io: ManageUsersIo;
  readonly deps: ManageUsersDeps;
}

const HELP = `
ID is the user's Discord id (Settings, Advanced, Developer Mode; then right-click the user, Copy User ID). All of
this is safe while the host runs.

Examples:
  npm run users -- show 81384788765712384                    how much there is of a user, by agent
  npm run users -- export 81384788765712384 --out copy.json  all of it, in a file that only you can read
  npm run users -- erase 81384788765712384                   erase all of it, of all agents (asks first)
  npm run users -- verify 81384788765712384                  count again; exit code 1 if anything is left
  npm run -s users -- verify 81384788765712384 --json        for programs

What is erased: memories, and what the journal has of the user's messages and the answers to them; a message that waits
for its answer gets none. What models cost stays in the books, without the user's id. What stays, since it is not the
user's own row: what others quoted of them, their id in an agent's allowed_users or blocked_users, and the ids of
messages and channels, so that no message is answered twice. Backups that were made before have all of it: delete them,
or erase again after restoring one. The record of
an erasure is found by the secret key of its time: after npm run secrets -- rotate, verify only counts it. Log files hold no words of users, though here and there an id.

Exit codes: 0 done, or nothing to do; 1 failed, refused, or something is left; 2 wrong usage; 78 a wrong setting.
`;

/**
 * `npm run users`: shows, exports and erases all that there is of a user, and checks that nothing is left.
 *
 * @returns the exit code: 0 done or nothing to do, 1 failed, refused or something is left, 2 wrong usage, 78 a wrong
 * setting. Only a defect is thrown.
 */
export async function manageUsers(
  argv: readonly string[],
  io: ManageUsersIo,
  deps: ManageUsersDeps,
): Promise<number> {
  let code = 0;
  const command = tame(new Command('npm run users --'), io)
    .description('Shows, exports or erases everything that there is of a user, of all agents.')
    .addHelpText('after', HELP);
  const add = (name: string, description: string, work: (task: Task) => Promise<number>): Command =>
    tame(command.command(name), io)
      .description(description)
      .argument('<id>', "the user's Discord id", parseUserId)
      .option('--json', 'print JSON, for programs')
      .action(async (userId: string, flags: Flags) => {
        const opened = await deps.openUsers();
        try {
          code = await work({ ...opened, userId, flags, io, deps });
        } finally {
          await opened.close();
        }
      });
  add('show', 'show how much there is, by agent', show);
  add('export', 'print everything that there is, as one JSON document', exportAll)
    .option('-o, --out <file>', 'write it to a file that only you can read')
    .option('--force', 'overwrite the file');
  add('erase', 'erase everything that there is, for good (asks first)', erase).option(
    '-y, --yes',
    'ask nothing',
  );
  add('verify', 'count what is left, and show when the user was erased', verify);
  return exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return code;
  }, io);
}

async function show({ userId, userData, flags, io }: Task): Promise<number> {
  const shares = await userData.shares(userId);
  if (flags.json) io.stdout.write(jsonLine({ user_id: userId, agents: shares.map(shareAsJson) }));
  else io.stdout.write(shares.length === 0 ? nothingOf(userId) : sharesTable(shares));
  return 0;
}

async function exportAll({ userId, userData, flags, io, deps }: Task): Promise<number> {
  const content = userExportAsJson(userId, await userData.export(userId), deps.now());
  // Line breaks are the only such characters outside of its texts, and within them the escapes are JSON's own.
  const text = `${JSON.stringify(content, null, 2).split('\n').map(printable).join('\n')}\n`;
  if (flags.out === undefined) {
    io.stdout.write(text);
    return 0;
  }
  await writePrivately(path.resolve(deps.cwd, flags.out), text, flags.force ?? false);
  const all = sumOf(await userData.shares(userId));
  if (flags.json) io.stdout.write(jsonLine({ user_id: userId, file: flags.out, exported: all }));
  else io.stdout.write(`Written to ${printable(flags.out)}: ${amounts(all)}.\n`);
  return 0;
}

async function erase({ userId, userData, erasures, flags, io, deps }: Task): Promise<number> {
  const shares = await userData.shares(userId);
  if (!flags.json) io.stdout.write(shares.length === 0 ? nothingOf(userId) : sharesTable(shares));
  if (shares.length > 0 && !flags.yes) await askFirst(userId, sumOf(shares), io, deps);
  const outcome = await erasures.erase(userId);
  if (flags.json) io.stdout.write(jsonLine({ user_id: userId, ...erasureAsJson(outcome) }));
  else if (outcome.erasure !== undefined) {
    io.stdout.write(erasureLine(outcome.erasure));
    if (outcome.erasure.counts.ended > 0)
      io.stdout.write(`${outcome.erasure.counts.ended} of them had no answer yet and get none.\n`);
    io.stdout.write(outcome.overwritten === undefined ? `${BACKUPS} ${SERVER}\n` : `${BACKUPS}\n`);
  }
  if (outcome.overwritten !== false) return 0;
  io.stderr.write(
    'The words are gone from the tables, but the file could not be written anew, so that some may still stand in it: ' +
      'another program keeps it busy, or the disk is full. Run this again.\n',
  );
  return 1;
}

async function verify({ userId, userData, erasures, flags, io }: Task): Promise<number> {
  const [shares, left, records] = [
    await userData.shares(userId),
    await erasures.left(userId),
    await erasures.find(userId),
  ];
  const { unreadable } = await erasures.countRecords();
  const isClean = USER_KINDS.every((kind) => left[kind] === 0);
  if (flags.json) {
    const erased = records.map(({ id, at, counts }) => ({ id, at: at.toISOString(), counts }));
    io.stdout.write(
      jsonLine({ user_id: userId, clean: isClean, left, erasures: erased, unreadable_records: unreadable }),
    );
    return isClean ? 0 : 1;
  }
  io.stdout.write(isClean ? nothingOf(userId) : sharesTable(shares));
  io.stdout.write(
    records.length === 0 ? 'No erasure of this user is on record.\n' : records.map(erasureLine).join(''),
  );
  if (unreadable > 0) {
    const [records, are] = unreadable === 1 ? ['record', 'is'] : ['records', 'are'];
    io.stdout.write(
      `${unreadable} ${records} of erasures ${are} under another key than this host has: whose, cannot be told.\n`,
    );
  }
  if (isClean) return 0;
  const since = records.length === 0 ? '' : ' The user may have written again since.';
  io.stderr.write(`Left of user ${userId}: ${amounts(left)}.${since}\n`);
  return 1;
}

const BACKUPS = 'Backups that were made before have it all: delete them, or erase again after restoring one.';

/** A server's files are not ours to overwrite. */
const SERVER =
  'The database server may keep deleted rows on its disk for a while (dead rows until VACUUM, write-ahead or binary ' +
  'logs, replicas).';

function nothingOf(userId: string): string {
  return `There is nothing of user ${userId}.\n`;
}

/** @throws {InputError} unless somebody is there and says yes */
async function askFirst(
  userId: string,
  counts: UserCounts,
  { stdin, stderr }: ManageUsersIo,
  { confirm }: ManageUsersDeps,
): Promise<void> {
  const all = amounts(counts);
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new InputError(`${all} would be erased and nobody is there to ask; nothing was erased`, {
      remedy: 'Add --yes to erase without asking.',
    });
  }
  if (await confirm(`Erase ${all} of user ${userId}? This cannot be undone.`)) return;
  throw new InputError('not confirmed; nothing was erased');
}
