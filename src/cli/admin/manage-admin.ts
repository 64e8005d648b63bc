import { Argument, Command } from 'commander';
import { tidyAdminName } from '../../access/admin-name.ts';
import { type Role, ROLES } from '../../access/role.ts';
import { printable, quote } from '../../agents-file/show-value.ts';
import { InputError } from '../../errors.ts';
import { jsonLine } from '../json-line.ts';
import { exitCodeOf, tame } from '../run-command.ts';
import { knownUser } from './known-user.ts';
import { addTokens } from './manage-tokens.ts';
import type { ManageAdminDeps, ManageAdminIo, WithAdminUsers } from './admin-task.ts';
import { readPassword } from './read-password.ts';
import { userAsJson, userTable } from './user-rows.ts';

interface Flags {
  readonly json?: true;
  readonly passwordStdin?: true;
  readonly role: Role;
  readonly yes?: true;
}

const HELP = `
These are the people who may log in to the admin API and its pages, not users on Discord. viewer: reads everything but
secrets and what users wrote. operator: changes agents and settings, sends commands to bots, reads and forgets memories.
admin: also decides who may, and reads the audit log. All of this is safe while the host runs, and counts at once.

A password is asked for on the terminal; with --password-stdin it is the first line of standard input. It needs 12 characters.

Examples:
  npm run admin -- list
  npm run admin -- create Ada --role admin
  npm run -s admin -- create Bob --password-stdin --json < password.txt
  npm run admin -- password Ada                  also ends Ada's sessions
  npm run admin -- role Bob operator
  npm run admin -- unlock Ada                    after too many wrong passwords
  npm run admin -- delete Bob --yes
  npm run admin -- tokens create Ada ci --role operator --scope agents exchanges --days 30
  npm run admin -- tokens list
  npm run admin -- tokens revoke ID

Exit codes: 0 done; 1 failed, or refused; 2 wrong usage; 78 a wrong setting.
`;

/**
 * `npm run admin`: who may log in to the admin API.
 *
 * @returns the exit code: 0 done, 1 failed or refused, 2 wrong usage, 78 a wrong setting. Only a defect is thrown.
 */
export async function manageAdmin(
  argv: readonly string[],
  io: ManageAdminIo,
  deps: ManageAdminDeps,
): Promise<number> {
  const command = tame(new Command('npm run admin --'), io)
    .description('Shows and changes who may log in to the admin API and its pages.')
    .addHelpText('after', HELP);
  const withUsers: WithAdminUsers = async (work) => {
    const open = await deps.open();
    try {
      await work(open);
    } finally {
      await open.close();
    }
  };
  addList(command, io, withUsers);
  addPasswords(command, io, deps, withUsers);
  addChanges(command, io, deps, withUsers);
  addTokens(command, io, deps, withUsers);
  return exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return 0;
  }, io);
}

function addList(command: Command, io: ManageAdminIo, withUsers: WithAdminUsers): void {
  tame(command.command('list'), io)
    .description('show everybody who may log in')
    .option('--json', 'print a JSON array, for programs')
    .action(({ json }: Flags) =>
      withUsers(async ({ adminUsers }) => {
        const users = await adminUsers.list();
        if (json) io.stdout.write(jsonLine(users.map(userAsJson)));
        else io.stdout.write(users.length === 0 ? NOBODY : userTable(users));
      }),
    );
}

const NOBODY =
  'Nobody may log in yet. Make an admin: npm run admin -- create NAME --role admin, or by the code that a host logs.\n';

function addPasswords(
  command: Command,
  io: ManageAdminIo,
  { passwords, askHidden }: ManageAdminDeps,
  withUsers: WithAdminUsers,
): void {
  const hashed = async ({ passwordStdin }: Flags): Promise<string> =>
    passwords.hash(await readPassword({ ...io, askHidden, fromStdin: passwordStdin ?? false }));
  tame(command.command('create'), io)
    .description('let somebody log in')
    .argument('<name>')
    .addOption(roleOption(command))
    .option('--password-stdin', 'the password is the first line of standard input')
    .option('--json', 'print a JSON object, for programs')
    .action((typed: string, flags: Flags) =>
      withUsers(async ({ adminUsers }) => {
        const name = tidyAdminName(typed);
        if ((await adminUsers.find(name)) !== undefined) {
          throw new InputError(`there is already somebody of the name ${quote(name)}; names are unique`);
        }
        const { role } = flags;
        const user = await adminUsers.create({ name, role, passwordHash: await hashed(flags) });
        if (flags.json) io.stdout.write(jsonLine(userAsJson(user)));
        else io.stdout.write(`${printable(name)} may log in, as ${role}.\n`);
      }),
    );
  tame(command.command('password'), io)
    .description("replace somebody's password; their sessions end")
    .argument('<name>')
    .option('--password-stdin', 'the password is the first line of standard input')
    .option('--json', 'print a JSON object, for programs')
    .action((name: string, flags: Flags) =>
      withUsers(async (open) => {
        const user = await knownUser(name, open);
        await open.adminUsers.setPassword(user.id, await hashed(flags));
        tell(
          io,
          flags,
          { ...user, failedLogins: 0, lockedUntil: undefined },
          'has another password, and no session',
        );
      }),
    );
}

function addChanges(
  command: Command,
  io: ManageAdminIo,
  deps: ManageAdminDeps,
  withUsers: WithAdminUsers,
): void {
  tame(command.command('role'), io)
    .description('change what somebody may do')
    .argument('<name>')
    .addArgument(new Argument('<role>').choices(ROLES))
    .option('--json', 'print a JSON object, for programs')
    .action((name: string, role: Role, flags: Flags) =>
      withUsers(async (open) => {
        const { id } = await knownUser(name, open);
        tell(io, flags, await open.adminUsers.setRole(id, role), `is ${role}`);
      }),
    );
  tame(command.command('unlock'), io)
    .description('let somebody try again who mistyped too often')
    .argument('<name>')
    .option('--json', 'print a JSON object, for programs')
    .action((name: string, flags: Flags) =>
      withUsers(async (open) => {
        const user = await knownUser(name, open);
        const wasLocked = await open.adminUsers.unlock(user.id);
        const now = { ...user, failedLogins: 0, lockedUntil: undefined };
        tell(io, flags, now, wasLocked ? 'may try again' : 'was not locked');
      }),
    );
  tame(command.command('delete'), io)
    .description('let somebody log in no more; their sessions and tokens end (asks first)')
    .argument('<name>')
    .option('-y, --yes', 'ask nothing')
    .option('--json', 'print a JSON object, for programs')
    .action((name: string, flags: Flags) =>
      withUsers(async (open) => {
        const user = await knownUser(name, open);
        if (!flags.yes) await askFirst(user.name, io, deps);
        await open.adminUsers.delete(user.id);
        tell(io, flags, user, 'may log in no more');
      }),
    );
}

function roleOption(command: Command) {
  return command.createOption('--role <role>', 'what they may').choices(ROLES).default('viewer');
}

function tell(
  io: ManageAdminIo,
  { json }: Flags,
  user: Parameters<typeof userAsJson>[0],
  words: string,
): void {
  io.stdout.write(json ? jsonLine(userAsJson(user)) : `${printable(user.name)} ${words}.\n`);
}

/** @throws {InputError} unless somebody is there and says yes */
async function askFirst(
  name: string,
  { stdin, stderr }: ManageAdminIo,
  { confirm }: ManageAdminDeps,
): Promise<void> {
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new InputError('nobody is there to ask; nothing was changed', {
      remedy: 'Add --yes to delete without asking.',
    });
  }
  if (await confirm(`Delete ${quote(name)}, with their sessions and API tokens?`)) return;
  throw new InputError('not confirmed; nothing was changed');
}
