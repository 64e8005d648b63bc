import { type Command, InvalidArgumentError, Option } from 'commander';
import { hashToken, makeToken } from '../../access/access-token.ts';
import { tidyAdminName } from '../../access/admin-name.ts';
import { type Scope, SCOPES } from '../../access/principal.ts';
import { includesRole, type Role, ROLES } from '../../access/role.ts';
import { printable, quote } from '../../agents-file/show-value.ts';
import { InputError } from '../../errors.ts';
import { jsonLine } from '../json-line.ts';
import { tame } from '../run-command.ts';
import type { ManageAdminDeps, ManageAdminIo, WithAdminUsers } from './admin-task.ts';
import { knownUser } from './known-user.ts';
import { tokenAsJson, tokenTable } from './user-rows.ts';

interface Flags {
  readonly role: Role;
  readonly scope: readonly Scope[];
  readonly days: number;
  readonly json?: true;
}

/** In milliseconds. */
const DAY = 86_400_000;
const MAX_DAYS = 3_650;

/** `tokens list`, `tokens create` and `tokens revoke`. */
export function addTokens(
  command: Command,
  io: ManageAdminIo,
  deps: ManageAdminDeps,
  withUsers: WithAdminUsers,
): void {
  const tokens = tame(command.command('tokens'), io).description('API tokens for programs');
  tame(tokens.command('list'), io)
    .description('show all tokens; the tokens themselves are kept nowhere')
    .option('--json', 'print a JSON array, for programs')
    .action(({ json }: Flags) =>
      withUsers(async ({ apiTokens }) => {
        const all = await apiTokens.list();
        if (json) io.stdout.write(jsonLine(all.map(tokenAsJson)));
        else io.stdout.write(all.length === 0 ? 'There is no API token.\n' : tokenTable(all));
      }),
    );
  addCreate(tokens, io, deps, withUsers);
  tame(tokens.command('revoke'), io)
    .description('have a token good for nothing any more')
    .argument('<id>', 'as the list has it')
    .option('--json', 'print a JSON object, for programs')
    .action((id: string, { json }: Flags) =>
      withUsers(async ({ apiTokens }) => {
        if (!(await apiTokens.revoke(id))) throw new InputError(`there is no API token ${quote(id)}`);
        io.stdout.write(json ? jsonLine({ revoked: id }) : 'The token is good for nothing any more.\n');
      }),
    );
}

function addCreate(
  tokens: Command,
  io: ManageAdminIo,
  { now }: ManageAdminDeps,
  withUsers: WithAdminUsers,
): void {
  tame(tokens.command('create'), io)
    .description('make a token; it is printed this once')
    .argument('<owner>', 'whose it is: it never may more than they may')
    .argument('<name>', 'what it is for')
    .addOption(new Option('--role <role>', 'what it may').choices(ROLES).default('viewer'))
    .addOption(
      new Option('--scope <scope...>', 'only these parts (default: all)').choices(SCOPES).default([]),
    )
    .option('--days <number>', 'good for so many days; 0: for ever', parseDays, 90)
    .option('--json', 'print a JSON object, for programs')
    .action((owner: string, name: string, { role, scope, days, json }: Flags) =>
      withUsers(async (open) => {
        const user = await knownUser(owner, open);
        if (!includesRole(user.role, role)) {
          throw new InputError(
            `a token may be no more than its owner, and ${quote(user.name)} is ${user.role}`,
          );
        }
        const token = makeToken('api-token');
        const made = await open.apiTokens.create({
          adminUserId: user.id,
          name: tidyAdminName(name),
          tokenHash: hashToken(token),
          role,
          scopes: [...new Set(scope)],
          expiresAt: days === 0 ? undefined : new Date(now().getTime() + days * DAY),
        });
        if (json) io.stdout.write(jsonLine({ ...tokenAsJson(made), token }));
        else io.stdout.write(`${token}\n`);
        if (!json) io.stderr.write(`The token of ${printable(made.name)}; it is shown only now.\n`);
      }),
    );
}

/** @throws {InvalidArgumentError} */
function parseDays(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) <= MAX_DAYS) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from 0 to ${MAX_DAYS}.`);
}
