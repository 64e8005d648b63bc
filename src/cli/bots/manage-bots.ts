import { Command, InvalidArgumentError, Option } from 'commander';
import type { BotActivity, BotPresence } from '../../agents/agent-record.ts';
import type { BotCommandState, BotOrder } from '../../bots/bot-command.ts';
import { InputError } from '../../errors.ts';
import { findAgent, unknownAgent } from '../find-agent.ts';
import { jsonLine } from '../json-line.ts';
import { type CommandOutput, exitCodeOf, tame } from '../run-command.ts';
import { botAsJson, botTable, commandAsJson, commandTable } from './bot-words.ts';
import { HELP } from './help.ts';
import type { OpenBots } from './open-bots.ts';
import { readActivity } from './read-activity.ts';
import { runningAgents, sendOrders } from './send-orders.ts';

/** The terminal, or what stands in for one. */
export interface ManageBotsIo extends CommandOutput {
  readonly stdin: AsyncIterable<Buffer | string>;
}

/** What the command works with. */
export interface ManageBotsDeps {
  readonly now: () => Date;
  /** Waits so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Who gives the commands, for people. */
  readonly user: string;
  /** Opens the database; called once the command line is found to be in order. */
  readonly openBots: () => Promise<OpenBots>;
}

interface SendFlags {
  readonly all?: true;
  readonly wait: boolean;
  readonly json?: true;
  readonly expires?: number;
}

interface PresenceFlags extends SendFlags {
  readonly status?: BotPresence['status'];
  readonly activity?: BotActivity;
  readonly clear?: true;
}

/** Those of all commands that go to bots. */
type AnyFlags = PresenceFlags & { readonly fresh?: true };

interface HistoryFlags {
  readonly agent?: string;
  readonly state?: BotCommandState;
  readonly limit: number;
  readonly json?: true;
}

/** How long it is waited until a command is done, in milliseconds. */
const PATIENCE = 15_000;

/** Commands that are looked through for those that are pending. */
const MAX_PENDING = 10_000;

const MAX_LISTED = 10_000;

/**
 * `npm run bots`: shows the bots as they run, and gives them commands.
 *
 * @returns the exit code: 0 done or kept, 1 failed, expired or refused, 2 wrong usage, 78 a wrong setting. Only a defect
 * is thrown.
 */
export async function manageBots(
  argv: readonly string[],
  io: ManageBotsIo,
  deps: ManageBotsDeps,
): Promise<number> {
  let code = 0;
  const command = tame(new Command('npm run bots --'), io)
    .description('Shows the bots as they run, and gives them commands.')
    .addHelpText('after', HELP);
  const withBots = async (work: (open: OpenBots) => Promise<number>): Promise<void> => {
    const open = await deps.openBots();
    try {
      code = await work(open);
    } finally {
      await open.close();
    }
  };
  const send = (order: BotOrder, names: readonly string[], flags: SendFlags): Promise<void> =>
    withBots((open) => {
      const { all = false, wait, json = false, expires } = flags;
      const expiresAt = expires === undefined ? undefined : new Date(deps.now().getTime() + expires);
      const wish = { order, names, all, json, expiresAt, requestedBy: deps.user, wait: wait ? PATIENCE : 0 };
      return sendOrders(wish, { open, io, sleep: deps.sleep });
    });
  addReading(command, io, withBots);
  addSimple(command, io, send);
  addSay(command, io, send);
  addPresence(command, io, send);
  return exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return code;
  }, io);
}

/** Runs with the database open. */
type WithBots = (work: (open: OpenBots) => Promise<number>) => Promise<void>;

type Send = (order: BotOrder, names: readonly string[], flags: SendFlags) => Promise<void>;

function addReading(command: Command, io: ManageBotsIo, withBots: WithBots): void {
  tame(command.command('list'), io)
    .description('list the bots: where each stands, which host runs it, what it shows')
    .option('--json', 'print a JSON array, for programs')
    .action(({ json }: { json?: true }) =>
      withBots(async (open) => {
        const [agents, running] = [await open.agents.list(), await runningAgents(open)];
        const pending = await open.commands.list({ state: 'pending', limit: MAX_PENDING });
        const bots = agents.map((agent) => ({
          agent,
          host: running.get(agent.id),
          pending: pending.filter(({ agentId }) => agentId === agent.id).length,
        }));
        if (json) io.stdout.write(jsonLine(bots.map(botAsJson)));
        else if (bots.length > 0) io.stdout.write(botTable(bots));
        else io.stdout.write('There are no agents yet. Make one: npm run agents\n');
        return 0;
      }),
    );
  tame(command.command('commands'), io)
    .description('list the commands that were given, newest first')
    .option('-a, --agent <name>', 'only to this agent')
    .addOption(
      new Option('-s, --state <state>', 'only in this state').choices([
        'pending',
        'done',
        'failed',
        'expired',
      ]),
    )
    .option('-n, --limit <number>', 'so many at most', parseLimit, 20)
    .option('--json', 'print a JSON array, for programs')
    .action(({ agent, state, limit, json }: HistoryFlags) =>
      withBots(async (open) => {
        const agents = await open.agents.list();
        const wanted = agent === undefined ? undefined : findAgent(agent, agents);
        if (agent !== undefined && wanted === undefined) throw unknownAgent(agent, agents);
        const found = await open.commands.list({ agentId: wanted?.id, state, limit });
        const named = found.map((one) => ({
          command: one,
          name: agents.find(({ id }) => id === one.agentId)?.name,
        }));
        if (json) io.stdout.write(jsonLine(named.map(commandAsJson)));
        else io.stdout.write(named.length === 0 ? 'There is no such command.\n' : commandTable(named));
        return 0;
      }),
    );
}

function addSimple(command: Command, io: ManageBotsIo, send: Send): void {
  const add = (
    kind: 'reload' | 'restart' | 'pause' | 'resume',
    description: string,
    orderOf: (flags: { readonly fresh?: true }) => BotOrder,
  ): Command =>
    forMany(command, kind, io, (names, flags) => send(orderOf(flags), names, flags)).description(description);
  withExpiry(add('reload', 'have bots take over their settings at once', () => ({ kind: 'reload' })));
  withExpiry(
    add('restart', 'have bots connect anew; a parked one tries again', ({ fresh = false }) => ({
      kind: 'restart',
      fresh,
    })),
  ).option('--fresh', 'in a new session, which costs one of the identifies that Discord grants in a day');
  add('pause', 'have bots answer nobody; they stay connected', () => ({ kind: 'pause' }));
  add('resume', 'have paused bots answer again', () => ({ kind: 'resume' }));
}

function addSay(command: Command, io: ManageBotsIo, send: Send): void {
  const say = tame(command.command('say'), io)
    .description('have a bot post a message in a channel')
    .argument('<name>', 'name or id of the agent')
    .argument('<text>', 'what it says; -: what comes on standard input')
    .requiredOption('-c, --channel <id>', 'the id of the channel or thread');
  withExpiry(withAnswer(say)).action(
    async (name: string, text: string, { channel, ...flags }: SendFlags & { channel: string }) => {
      const words = text === '-' ? await readAll(io.stdin) : text;
      await send({ kind: 'say', channelId: channel, text: words }, [name], flags);
    },
  );
}

function addPresence(command: Command, io: ManageBotsIo, send: Send): void {
  forMany(command, 'presence', io, async (names, flags) => {
    const { status, activity, clear } = flags;
    if (clear === undefined && status === undefined && activity === undefined) {
      throw new InputError('nothing to show', { remedy: 'Say --status, --activity or both, or --clear.' });
    }
    const presence = clear ? null : { status: status ?? 'online', ...(activity && { activity }) };
    await send({ kind: 'presence', presence }, names, flags);
  })
    .description('have bots show something beside their name, also after restarts')
    .addOption(
      new Option('--status <status>', 'the dot beside the name').choices([
        'online',
        'idle',
        'dnd',
        'invisible',
      ]),
    )
    .option(
      '--activity <text>',
      'such as "watching the stars"; without such a verb: the text alone',
      readActivity,
    )
    .addOption(new Option('--clear', 'nothing any more').conflicts(['status', 'activity']));
}

/** A command to one, several or all bots. */
function forMany(
  command: Command,
  name: string,
  io: ManageBotsIo,
  run: (names: readonly string[], flags: AnyFlags) => Promise<void>,
): Command {
  const subcommand = tame(command.command(name), io)
    .argument('[name...]', 'names or ids of agents')
    .option('--all', 'every enabled agent');
  return withAnswer(subcommand).action((names: string[], flags: AnyFlags) => {
    if (names.length > 0 === (flags.all === true))
      subcommand.error('error: name one agent or several, or say --all');
    return run(names, flags);
  });
}

function withAnswer(command: Command): Command {
  return command
    .option('--no-wait', 'do not wait until it is done (otherwise: up to 15 seconds)')
    .option('--json', 'print a JSON array, for programs');
}

function withExpiry(command: Command): Command {
  return command.option(
    '--expires <time>',
    'not to be done any more after this: 30s, 10m, 2h, 7d',
    parseDuration,
  );
}

/** @throws {InvalidArgumentError} */
function parseDuration(text: string): number {
  const [, count, unit = ''] = /^(\d{1,5})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('It must be a time such as 30s, 10m, 2h or 7d.');
  return Number(count) * ({ s: 1, m: 60, h: 3_600, d: 86_400 }[unit] ?? 0) * 1_000;
}

/** @throws {InvalidArgumentError} */
function parseLimit(text: string): number {
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LISTED) return limit;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_LISTED}.`);
}

async function readAll(stdin: ManageBotsIo['stdin']): Promise<string> {
  const parts: Buffer[] = [];
  for await (const chunk of stdin) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts).toString().trimEnd();
}
