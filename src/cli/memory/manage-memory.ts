import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { printable } from '../../agents-file/show-value.ts';
import { memoryJson, sizeAsJson, turnAsJson } from '../../commands/memory-json.ts';
import type { Environment } from '../../config/environment.ts';
import { InputError } from '../../errors.ts';
import type { MemoryFilter, MemorySize } from '../../memory/memory-store.ts';
import { findAgent, unknownAgent } from '../find-agent.ts';
import { jsonLine } from '../json-line.ts';
import type { OpenStore } from '../open-store.ts';
import { parseUserId } from '../parse-user-id.ts';
import { type CommandOutput, exitCodeOf, tame } from '../run-command.ts';
import { amount, conversation, memoryTable } from './describe-memories.ts';
import { writePrivately } from './write-privately.ts';

/** The terminal, or what stands in for one. */
export interface ManageMemoryIo extends CommandOutput {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stderr: CommandOutput['stderr'] & { readonly isTTY?: boolean };
}

/** What the command works with. */
export interface ManageMemoryDeps {
  /** Where npm says what it took for itself. */
  readonly env: Environment;
  /** The folder from which relative paths begin. */
  readonly cwd: string;
  readonly now: () => Date;
  /** Opens the database; called once the command line is found to be in order. */
  readonly openStore: () => Promise<OpenStore>;
  /** Asks a yes-or-no question on standard error. Called only where somebody can answer. */
  readonly confirm: (question: string) => Promise<boolean>;
}

interface Flags {
  readonly user: string;
  readonly agent?: string;
  readonly json?: true;
  readonly turns?: number;
  readonly out?: string;
  readonly force?: true;
  readonly yes?: true;
  readonly dryRun?: true;
}

/** What a subcommand works on. */
interface Task extends OpenStore {
  readonly flags: Flags;
  readonly filter: MemoryFilter;
  readonly io: ManageMemoryIo;
  readonly deps: ManageMemoryDeps;
}

const HELP = `
ID is the user's Discord id (Settings, Advanced, Developer Mode; then right-click the user, Copy User ID). All of
this is safe while the host runs: what is forgotten is gone for it too, at once.

Examples:
  npm run memory -- show --user 81384788765712384                   how much each agent remembers
  npm run memory -- show --user 81384788765712384 --turns 5         and the last five turns of each
  npm run memory -- export --user 81384788765712384 --out copy.json
  npm run memory -- forget --user 81384788765712384 --dry-run       show what would be forgotten
  npm run memory -- forget --user 81384788765712384 --agent Helper

Exit codes: 0 done, or nothing to do; 1 failed, or refused; 2 wrong usage; 78 a wrong setting.
`;

/**
 * `npm run memory`: shows, exports or forgets what agents remember of a user.
 *
 * @returns the exit code: 0 done or nothing to do, 1 failed or refused, 2 wrong usage, 78 a wrong setting. Only a
 * defect is thrown.
 */
export async function manageMemory(
  argv: readonly string[],
  io: ManageMemoryIo,
  deps: ManageMemoryDeps,
): Promise<number> {
  const command = tame(new Command('npm run memory --'), io)
    .description('Shows, exports or forgets what agents remember of a user.')
    .addHelpText('after', HELP);
  const add = (name: string, description: string, work: (task: Task) => Promise<void>): Command =>
    tame(command.command(name), io)
      .description(description)
      .requiredOption('-u, --user <id>', "the user's Discord id", parseUserId)
      .option('-a, --agent <name>', 'only what this agent remembers (default: all agents)')
      .option('--json', 'print JSON, for programs')
      .action(async (flags: Flags) => {
        const opened = await deps.openStore();
        try {
          await work({ ...opened, flags, filter: await filterOf(flags, opened), io, deps });
        } finally {
          await opened.close();
        }
      });
  add('show', 'show how much is remembered', show).option(
    '-t, --turns <n>',
    'also the last turns of each memory',
    parseTurns,
  );
  add('export', 'print everything that is remembered, as JSON', exportAll)
    .option('-o, --out <file>', 'write it to a file that only you can read')
    .option('--force', 'overwrite the file');
  add('forget', 'forget all that is remembered, for good (asks first)', forget)
    .option('-y, --yes', 'ask nothing')
    .option('--dry-run', 'show what would be forgotten, and forget nothing')
    .hook('preAction', (subcommand) => {
      refuseSwallowedOption(subcommand, deps.env);
    });
  return exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return 0;
  }, io);
}

async function show({ flags, filter, memory, io }: Task): Promise<void> {
  const sizes = await memory.sizes(filter);
  const limit = flags.turns;
  if (limit === undefined) {
    io.stdout.write(flags.json ? jsonLine(sizes.map(sizeAsJson)) : memoryTable(sizes, filter));
    return;
  }
  const memories = await memory.export(filter);
  if (flags.json) {
    const lastTurns = ({ agentId, scope }: MemorySize): object[] =>
      (memories.find((one) => one.agentId === agentId && one.scope === scope)?.turns ?? [])
        .slice(-limit)
        .map(turnAsJson);
    io.stdout.write(jsonLine(sizes.map((size) => ({ ...sizeAsJson(size), last_turns: lastTurns(size) }))));
    return;
  }
  io.stdout.write(memoryTable(sizes, filter) + memories.map((one) => conversation(one, limit)).join(''));
}

async function exportAll({ flags, filter, memory, io, deps }: Task): Promise<void> {
  const memories = await memory.export(filter);
  const json = memoryJson({ userId: filter.userId, exportedAt: deps.now(), memories });
  // Line breaks are the only such characters outside of its texts, and within them the escapes are JSON's own.
  const content = json.split('\n').map(printable).join('\n');
  if (flags.out === undefined) {
    io.stdout.write(content);
    return;
  }
  await writePrivately(path.resolve(deps.cwd, flags.out), content, flags.force ?? false);
  const turns = memories.reduce((sum, one) => sum + one.turns.length, 0);
  io.stdout.write(`Written to ${printable(flags.out)}: ${amount({ memories: memories.length, turns })}.\n`);
}

async function forget({ flags, filter, memory, io, deps }: Task): Promise<void> {
  const sizes = await memory.sizes(filter);
  if (!flags.json) io.stdout.write(memoryTable(sizes, filter));
  const applied = sizes.length > 0 && !flags.dryRun;
  if (applied && !flags.yes) await askFirst(sizes, filter, io, deps);
  const forgotten = applied ? await memory.forget(filter) : { memories: 0, turns: 0 };
  if (flags.json) io.stdout.write(jsonLine({ memories: sizes.map(sizeAsJson), forgotten, applied }));
  else if (applied) io.stdout.write(`Forgotten: ${amount(forgotten)}.\n`);
  else if (sizes.length > 0) io.stdout.write('A dry run: nothing was forgotten.\n');
}

/** @throws {InputError} unless somebody is there and says yes */
async function askFirst(
  sizes: readonly MemorySize[],
  { userId }: MemoryFilter,
  { stdin, stderr }: ManageMemoryIo,
  { confirm }: ManageMemoryDeps,
): Promise<void> {
  const all = amount({
    memories: sizes.length,
    turns: sizes.reduce((sum, { turns }) => sum + turns, 0),
  });
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new InputError(`${all} would be forgotten and nobody is there to ask; nothing was forgotten`, {
      remedy: 'Add --yes to forget without asking, or --dry-run to see what there is.',
    });
  }
  if (await confirm(`Forget ${all} of user ${userId}? This cannot be undone.`)) return;
  throw new InputError('not confirmed; nothing was forgotten');
}

/** Without `--` npm keeps `--dry-run` to itself, and what was to be shown only would be done. */
function refuseSwallowedOption(subcommand: Command, env: Environment): void {
  if (subcommand.opts<Flags>().dryRun || env['npm_config_dry_run'] !== 'true') return;
  subcommand.error(
    'error: npm took --dry-run for itself; write: npm run memory -- forget --user ID --dry-run',
  );
}

function parseTurns(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 to 999999.');
}

/** @throws {InputError} when there is no such agent, nor one that is gone and left memories under this id */
async function filterOf({ user, agent }: Flags, { store, memory }: OpenStore): Promise<MemoryFilter> {
  if (agent === undefined) return { userId: user };
  const agents = await store.list();
  const found = findAgent(agent, agents);
  if (found !== undefined) return { userId: user, agentId: found.id };
  const left = await memory.sizes({ userId: user, agentId: agent });
  if (left.length > 0) return { userId: user, agentId: agent };
  throw unknownAgent(agent, agents);
}
