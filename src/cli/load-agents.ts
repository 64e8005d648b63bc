import { Command, InvalidArgumentError } from 'commander';
import { checkAgents, type CheckAgent } from '../agents-file/check-agents.ts';
import { closingWords, describePlan, summarizePlan } from '../agents-file/describe-plan.ts';
import { AgentsFileError, formatProblem, type FileProblem } from '../agents-file/file-problem.ts';
import { parseAgentsFiles, type AgentsText } from '../agents-file/parse-agents-file.ts';
import type { ParsedAgent } from '../agents-file/parsed-agents.ts';
import { changesOf, type LoadPlan } from '../agents-file/plan-load.ts';
import { probeAgents, type ProbeAgent } from '../agents-file/probe-agents.ts';
import { Pruning } from '../agents-file/pruning.ts';
import { openSource, STDIN_NAME } from '../agents-file/open-source.ts';
import { printable } from '../agents-file/show-value.ts';
import type { Source } from '../agents-file/source.ts';
import { storedSecrets } from '../agents-file/stored-secrets.ts';
import { watchSource } from '../agents-file/watch-source.ts';
import type { Environment } from '../config/environment.ts';
import { InputError } from '../errors.ts';
import { jsonLine } from './json-line.ts';
import type { OpenStore } from './open-store.ts';
import { exitCodeOf, tame } from './run-command.ts';

/** The terminal, or what stands in for one. */
export interface LoadAgentsIo {
  readonly stdin: AsyncIterable<Buffer | string> & { readonly isTTY?: boolean };
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** What the command works with. */
export interface LoadAgentsDeps {
  /** The variables for `${NAME}`. */
  readonly env: Environment;
  /** The folder from which relative paths begin. */
  readonly cwd: string;
  /** Opens the agents table; called once the file is found to be in order. */
  readonly openStore: () => Promise<Pick<OpenStore, 'store' | 'close'>>;
  /** Asks a yes-or-no question on standard error. Called only where somebody can answer. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** Looks at each `llm` agent that is created or changed; what it says is a warning. Default: nothing lacks. */
  readonly checkAgent?: CheckAgent;
  /**
   * Asks the models of those that lack nothing, once they are stored; what it says is a warning. Not called for
   * `--dry-run` and `--offline`. Default: none is asked.
   */
  readonly probeAgent?: ProbeAgent;
  /** Aborts when the command is to end. Called only for `--watch`. Default: it never does. */
  readonly stopSignal?: () => AbortSignal;
  /** Milliseconds that an agent has to be missing until `--watch` with `--prune` deletes it. Default: 6 s. */
  readonly pruneDelay?: number;
}

interface LoadFlags {
  readonly dryRun?: true;
  readonly prune?: true;
  readonly yes?: true;
  readonly json?: true;
  readonly offline?: true;
  readonly watch?: true;
  /** Seconds. */
  readonly interval?: number;
}

const HELP = `
FILE is a YAML file, a folder of *.yaml and *.yml files, - for standard input, a file: or https: URL, or
s3://BUCKET/KEY (s3://BUCKET/FOLDER/ for all files below it), with region, endpoint and credentials as the AWS SDK
finds them. A file may have 1 MiB, a server 30 seconds. AmiBot's own configuration is understood as one agent.

An agent is known by its name. What the file does not say about an agent has its default, except the token: left
out, the stored one stays. All of the file is loaded, or nothing is.

A secret of a config, such as api_key, that reads \${NAME} is looked up where the host runs. New and changed agents
of type llm are checked: what is missing here, or a model that does not answer with a word, is a warning.

With --watch the command stays and loads whatever changes, until Ctrl-C. A broken version changes nothing; with
--prune, an agent that goes missing is deleted once it has stayed away for 6 seconds.

Examples:
  npm run agents:load -- agents.yaml              create and update
  npm run agents:load -- agents.yaml --dry-run    show what would change
  npm run agents:load -- agents/ --prune --yes    also remove every other agent, without asking
  npm run agents:load -- s3://team/agents.yaml --watch --interval 60
  cat agents.yaml | npm run agents:load -- - --json

Exit codes: 0 done, or nothing to do; 1 an error in the file, or refused; 2 wrong usage; 78 a wrong setting.
`;

/**
 * `npm run agents:load`: brings the agents table in line with a file, without needing the network.
 *
 * @returns the exit code: 0 done or nothing to do, 1 refused, 2 wrong usage, 78 a wrong setting. Only a defect
 * is thrown.
 */
export async function loadAgents(
  argv: readonly string[],
  io: LoadAgentsIo,
  deps: LoadAgentsDeps,
): Promise<number> {
  let code = 0;
  const command = createCommand(io).action(async (source: string, flags: LoadFlags) => {
    refuseToWatch(command, source, flags);
    const opened = openSource(source, { cwd: deps.cwd, stdin: io.stdin, env: deps.env });
    code = flags.watch ? await watch(opened, flags, io, deps) : await loadOnce(opened, flags, io, deps);
  });
  return exitCodeOf(async () => {
    if (!argv.includes('--dry-run')) refuseSwallowedOptions(command, deps.env);
    await command.parseAsync(argv, { from: 'user' });
    return code;
  }, io);
}

function createCommand(io: LoadAgentsIo): Command {
  return tame(new Command('npm run agents:load --'), io)
    .description('Brings the agents in line with a YAML file.')
    .argument('<file>', 'file, folder, https: or s3: URL, or - for standard input')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--prune', 'also remove the agents that are not in the file (asks first)')
    .option('-y, --yes', 'ask nothing')
    .option('--offline', 'ask no model whether it answers')
    .option('--watch', 'stay, and load again whenever the source changes')
    .option(
      '--interval <seconds>',
      'with --watch: how often to look (default: 3 at files, 30 at servers)',
      seconds,
    )
    .option('--json', 'print the plan as one JSON object')
    .addHelpText('after', HELP);
}

/** Without `--` npm keeps `--dry-run` to itself, and what was to be shown only would be done. */
function refuseSwallowedOptions(command: Command, env: Environment): void {
  if (env['npm_config_dry_run'] === 'true') {
    command.error('error: npm took --dry-run for itself; write: npm run agents:load -- FILE --dry-run');
  }
}

/** Longest interval, in seconds: a day. */
const MAX_INTERVAL = 86_400;

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 1 && value <= MAX_INTERVAL) return value;
  throw new InvalidArgumentError(`It is a number of seconds from 1 to ${MAX_INTERVAL}.`);
}

function refuseToWatch(command: Command, source: string, flags: LoadFlags): void {
  const refuse = (message: string): never => command.error(`error: ${message}`);
  if (!flags.watch) {
    if (flags.interval !== undefined) refuse('--interval is for --watch');
    return;
  }
  if (source === '-') refuse('standard input cannot be watched; name a file or a URL');
  if (flags.dryRun) refuse('--dry-run shows one plan; leave --watch out');
  if (flags.prune && !flags.yes)
    refuse('--watch with --prune deletes without asking; add --yes to want that');
}

/** Loads now, and again whenever the source changes. What is broken is told, and changes nothing. */
async function watch(
  source: Source,
  flags: LoadFlags,
  io: LoadAgentsIo,
  deps: LoadAgentsDeps,
): Promise<number> {
  const pruning = new Pruning(deps.pruneDelay);
  const { ended } = await watchSource({
    source,
    interval: flags.interval === undefined ? undefined : flags.interval * 1_000,
    signal: deps.stopSignal?.() ?? new AbortController().signal,
    take: async (texts, isFirst) => {
      const again = await load(texts, source, flags, io, deps, { pruning, isFirst });
      io.stderr.write(`Watching ${printable(source.shown)}; Ctrl-C ends it.\n`);
      return again;
    },
    onError: async (error, isFirst) => {
      pruning.forget();
      // A name that is mistyped is not waited for.
      if (isFirst && !(error instanceof AgentsFileError)) throw error;
      await exitCodeOf(() => {
        throw error;
      }, io);
      io.stderr.write(`Nothing was changed. Watching ${printable(source.shown)}; Ctrl-C ends it.\n`);
    },
  });
  await ended;
  return 0;
}

async function loadOnce(
  source: Source,
  flags: LoadFlags,
  io: LoadAgentsIo,
  deps: LoadAgentsDeps,
): Promise<number> {
  const round = { pruning: new Pruning(), isFirst: true };
  await load((await source.read())?.texts ?? [], source, flags, io, deps, round);
  return 0;
}

/** Which load of a watch it is. */
interface Round {
  readonly pruning: Pruning;
  readonly isFirst: boolean;
}

/** @returns the milliseconds after which to load again, also without a change; undefined when all is done */
async function load(
  texts: readonly AgentsText[],
  { shown }: Source,
  flags: LoadFlags,
  io: LoadAgentsIo,
  deps: LoadAgentsDeps,
  { pruning, isFirst }: Round,
): Promise<number | undefined> {
  const parsed = parseAgentsFiles(texts, deps);
  const { store, close } = await deps.openStore();
  try {
    const notes: string[] = [];
    const options = { prune: flags.prune ?? false, ...storedSecrets(store, (line) => notes.push(line)) };
    const { plan, goneNow, again } = pruning.plan(parsed, await store.list(), options, isFirst);
    // Not before: a plan that fails is tried again and again.
    for (const note of notes) io.stderr.write(`${note}\n`);
    const checked = checkAgents(plan, deps.checkAgent);
    const warnings = [...plan.warnings, ...checked.warnings];
    tell(warnings, io);
    if (goneNow.length > 0) {
      const names = goneNow.map(({ name }) => printable(name)).join(', ');
      io.stderr.write(`warning: missing, and deleted soon unless they come back: ${names}\n`);
    }
    if (!flags.json) io.stdout.write(`${describePlan(plan).join('\n')}\n`);
    const refusal = await refusalOf(plan, shown, flags, io, deps);
    const changes = changesOf(plan);
    const applied = refusal === undefined && !flags.dryRun;
    if (applied && changes.length > 0) await store.apply(changes);
    if (applied && !flags.offline) warnings.push(...(await probe(checked.sound, io, deps)));
    if (flags.json) {
      io.stdout.write(jsonLine({ ...summarizePlan(plan), warnings, applied }));
    } else if (refusal === undefined) io.stdout.write(`${closingWords(plan, applied).join('\n')}\n`);
    if (refusal !== undefined) throw refusal;
    return again;
  } finally {
    await close();
  }
}

/** Why the plan may not be carried out; undefined when it may. */
async function refusalOf(
  { remove }: LoadPlan,
  source: string,
  flags: LoadFlags,
  { stdin, stderr }: LoadAgentsIo,
  { confirm }: LoadAgentsDeps,
): Promise<InputError | undefined> {
  if (remove.length === 0 || flags.yes || flags.dryRun) return undefined;
  const agents = remove.length === 1 ? '1 agent' : `${remove.length} agents`;
  // Standard input cannot be the file and the one who answers.
  if (source === STDIN_NAME || !stdin.isTTY || !stderr.isTTY) {
    return new InputError(`${agents} would be deleted and nobody is there to ask; nothing was changed`, {
      remedy: 'Add --yes to delete without asking, or leave --prune out.',
    });
  }
  const names = remove.map(({ name }) => printable(name)).join(', ');
  if (await confirm(`Delete ${agents} (${names})?`)) return undefined;
  return new InputError('not confirmed; nothing was changed');
}

/** Asks these agents' models whether they answer, and tells of those that do not. */
async function probe(
  agents: readonly ParsedAgent[],
  io: LoadAgentsIo,
  { probeAgent }: LoadAgentsDeps,
): Promise<FileProblem[]> {
  if (probeAgent === undefined) return [];
  const warnings = await probeAgents(agents, probeAgent, () => {
    if (io.stderr.isTTY) io.stderr.write('Asking the models for a word (--offline leaves that out) …\n');
  });
  tell(warnings, io);
  return warnings;
}

function tell(warnings: readonly FileProblem[], { stderr }: LoadAgentsIo): void {
  for (const warning of warnings) {
    stderr.write(`${formatProblem({ ...warning, message: `warning: ${warning.message}` })}\n`);
  }
}
