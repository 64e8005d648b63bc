import { Command, InvalidArgumentError, Option } from 'commander';
import { EXCHANGE_STATES, type ExchangeState } from '../../messages/exchange-log.ts';
import { InputError } from '../../errors.ts';
import { findAgent, unknownAgent } from '../find-agent.ts';
import { jsonLine } from '../json-line.ts';
import { parseUserId } from '../parse-user-id.ts';
import { type CommandOutput, exitCodeOf, tame } from '../run-command.ts';
import { momentOf } from '../usage/moments.ts';
import { describeExchange, exchangeTable } from './describe-exchange.ts';
import { exchangeAsJson } from '../../messages/exchange-json.ts';
import { findExchange, parseExchangeId } from './find-exchange.ts';
import type { OpenExchanges } from './open-exchanges.ts';
import { dropDeadLetters, replayDeadLetters } from './settle-dead-letters.ts';

/** The terminal, or what stands in for one. */
export interface ManageExchangesIo extends CommandOutput {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stderr: CommandOutput['stderr'] & { readonly isTTY?: boolean };
}

/** What the command works with. */
export interface ManageExchangesDeps {
  readonly now: () => Date;
  /** Opens the database; called once the command line is found to be in order. */
  readonly openExchanges: () => Promise<OpenExchanges>;
  /** Asks a yes-or-no question on standard error. Called only where somebody can answer. */
  readonly confirm: (question: string) => Promise<boolean>;
}

interface ListFlags {
  readonly state?: readonly ExchangeState[];
  readonly open?: true;
  readonly agent?: string;
  readonly user?: string;
  readonly channel?: string;
  readonly since?: Date;
  readonly limit: number;
  readonly json?: true;
}

interface SettleFlags {
  readonly all?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** More than anybody reads, and still no burden for the database. */
const MAX_LISTED = 10_000;

const HELP = `
An exchange is one message and what became of it. A message that was being worked on at three deaths of the process
is set aside as a dead letter, so that it kills no fourth one; its user was told. ID is an exchange's id, or its
reference: the last 8 characters of it, as users see it in failure notices. All of this is safe while the host runs.

States: ${EXCHANGE_STATES.join(', ')}.

Examples:
  npm run exchanges -- list                                the last 20
  npm run exchanges -- list --open                         those that are not over
  npm run exchanges -- list --state failed --since 24h --agent Helper
  npm run exchanges -- list --state dead-letter            what was set aside
  npm run exchanges -- show 1a2b3c4d                       everything that is known of one
  npm run exchanges -- replay 1a2b3c4d                     have a dead letter answered after all
  npm run exchanges -- drop --all --yes                    give up all dead letters
  npm run -s exchanges -- list --json                      for programs

A replayed dead letter is answered in the place of the notice that its user got. Should a process die of it again, it
is set aside again.

Exit codes: 0 done, or nothing to show; 1 failed, or refused; 2 wrong usage; 78 a wrong setting.
`;

/**
 * `npm run exchanges`: shows what became of messages, and settles those that were set aside.
 *
 * @returns the exit code: 0 done or nothing to show, 1 failed or refused, 2 wrong usage, 78 a wrong setting. Only a
 * defect is thrown.
 */
export async function manageExchanges(
  argv: readonly string[],
  io: ManageExchangesIo,
  deps: ManageExchangesDeps,
): Promise<number> {
  const command = tame(new Command('npm run exchanges --'), io)
    .description('Shows what became of messages, and settles those that were set aside.')
    .addHelpText('after', HELP);
  const withLog = async (work: (open: OpenExchanges) => Promise<void>): Promise<void> => {
    const open = await deps.openExchanges();
    try {
      await work(open);
    } finally {
      await open.close();
    }
  };
  addList(command, io, deps, withLog);
  tame(command.command('show'), io)
    .description('show everything that is known of an exchange')
    .argument('<id>', 'its id or reference', parseExchangeId)
    .option('--json', 'print JSON, for programs')
    .action((asked: string, { json }: { json?: true }) =>
      withLog(async ({ exchanges }) => {
        const exchange = await findExchange(asked, exchanges);
        io.stdout.write(json ? jsonLine(exchangeAsJson(exchange)) : describeExchange(exchange));
      }),
    );
  addSettling(command, io, deps, withLog);
  return exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return 0;
  }, io);
}

/** Runs with the database open. */
type WithLog = (work: (open: OpenExchanges) => Promise<void>) => Promise<void>;

function addList(
  command: Command,
  io: ManageExchangesIo,
  { now }: ManageExchangesDeps,
  withLog: WithLog,
): void {
  tame(command.command('list'), io)
    .description('list exchanges, newest first')
    .addOption(
      new Option('-s, --state <state...>', 'only in these states')
        .choices(EXCHANGE_STATES)
        .conflicts(['open']),
    )
    .option('--open', 'only those that are not over')
    .option('-a, --agent <name>', 'only of this agent')
    .option('-u, --user <id>', 'only of this user', parseUserId)
    .option('-c, --channel <id>', 'only in this channel', parseUserId)
    .option('--since <date>', 'only from this day (2026-11-20), or so long ago (2h, 7d)', (text) =>
      momentOf(text, now()),
    )
    .option('-n, --limit <number>', 'so many at most', parseLimit, 20)
    .option('--json', 'print a JSON array, for programs')
    .action((flags: ListFlags) =>
      withLog(async (open) => {
        const found = await open.exchanges.list({
          states: flags.state,
          isOpen: flags.open,
          agentId: flags.agent === undefined ? undefined : await agentIdOf(flags.agent, open),
          userId: flags.user,
          channelId: flags.channel,
          since: flags.since,
          limit: flags.limit,
        });
        if (flags.json) io.stdout.write(jsonLine(found.map(exchangeAsJson)));
        else io.stdout.write(found.length === 0 ? 'There is no such exchange.\n' : exchangeTable(found));
      }),
    );
}

function addSettling(
  command: Command,
  io: ManageExchangesIo,
  deps: ManageExchangesDeps,
  withLog: WithLog,
): void {
  const add = (
    name: 'replay' | 'drop',
    description: string,
    work: (open: OpenExchanges, asked: string | undefined, flags: SettleFlags) => Promise<void>,
  ): Command => {
    const subcommand = tame(command.command(name), io);
    return subcommand
      .description(description)
      .argument('[id]', 'its id or reference', parseExchangeId)
      .option('--all', 'all dead letters')
      .option('--json', 'print JSON, for programs')
      .action((asked: string | undefined, flags: SettleFlags) => {
        if ((asked === undefined) === (flags.all === undefined))
          subcommand.error('error: name one dead letter by its id or reference, or say --all');
        return withLog((open) => work(open, asked, flags));
      });
  };
  add('replay', 'have a dead letter answered after all', (open, asked, { json = false }) =>
    replayDeadLetters({ ...open, asked, json, io }),
  );
  add('drop', 'end a dead letter as failed, for good (asks first)', (open, asked, { json = false, yes }) =>
    dropDeadLetters({ ...open, asked, json, io }, async (what) => {
      if (!yes) await askFirst(what, io, deps);
    }),
  ).option('-y, --yes', 'ask nothing');
}

/** @throws {InputError} unless somebody is there and says yes */
async function askFirst(
  what: string,
  { stdin, stderr }: ManageExchangesIo,
  { confirm }: ManageExchangesDeps,
): Promise<void> {
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new InputError(`${what} would be dropped and nobody is there to ask; nothing was dropped`, {
      remedy: 'Add --yes to drop without asking.',
    });
  }
  if (await confirm(`Drop ${what}? It cannot be answered any more then.`)) return;
  throw new InputError('not confirmed; nothing was dropped');
}

/**
 * @returns the agent's id
 * @throws {InputError} when there is no such agent, nor one that is gone and left exchanges under this id
 */
async function agentIdOf(asked: string, { agents, exchanges }: OpenExchanges): Promise<string> {
  const all = await agents.list();
  const found = findAgent(asked, all);
  if (found !== undefined) return found.id;
  if ((await exchanges.list({ agentId: asked, limit: 1 })).length > 0) return asked;
  throw unknownAgent(asked, all);
}

/** @throws {InvalidArgumentError} */
function parseLimit(text: string): number {
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LISTED) return limit;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_LISTED}.`);
}
