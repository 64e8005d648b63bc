import { Command } from 'commander';
import { checkAgents, type CheckAgent } from '../agents-file/check-agents.ts';
import { closingWords, describePlan, summarizePlan } from '../agents-file/describe-plan.ts';
import { formatProblem, type FileProblem } from '../agents-file/file-problem.ts';
import { parseAgentsFiles } from '../agents-file/parse-agents-file.ts';
import type { ParsedAgent } from '../agents-file/parsed-agents.ts';
import { changesOf, planLoad, type LoadPlan } from '../agents-file/plan-load.ts';
import { probeAgents, type ProbeAgent } from '../agents-file/probe-agents.ts';
import { readSource } from '../agents-file/read-source.ts';
import { printable } from '../agents-file/show-value.ts';
import { storedSecrets } from '../agents-file/stored-secrets.ts';
import type { Environment } from '../config/environment.ts';
import { InputError } from '../errors.ts';
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
}

interface LoadFlags {
  readonly dryRun?: true;
  readonly prune?: true;
  readonly yes?: true;
  readonly json?: true;
  readonly offline?: true;
}

const HELP = `
FILE is a YAML file, a folder of *.yaml and *.yml files, or - for standard input. An agent is known by its
name. What the file does not say about an agent has its default, except the token: left out, the stored one
stays. All of the file is loaded, or nothing is.

A secret of a config, such as api_key, that reads \${NAME} is looked up where the host runs. New and changed agents
of type llm are checked: what is missing here, or a model that does not answer with a word, is a warning.

Examples:
  npm run agents:load -- agents.yaml              create and update
  npm run agents:load -- agents.yaml --dry-run    show what would change
  npm run agents:load -- agents/ --prune --yes    also remove every other agent, without asking
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
    code = await load(source, flags, io, deps);
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
    .argument('<file>', 'file, folder, or - for standard input')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--prune', 'also remove the agents that are not in the file (asks first)')
    .option('-y, --yes', 'ask nothing')
    .option('--offline', 'ask no model whether it answers')
    .option('--json', 'print the plan as one JSON object')
    .addHelpText('after', HELP);
}

/** Without `--` npm keeps `--dry-run` to itself, and what was to be shown only would be done. */
function refuseSwallowedOptions(command: Command, env: Environment): void {
  if (env['npm_config_dry_run'] === 'true') {
    command.error('error: npm took --dry-run for itself; write: npm run agents:load -- FILE --dry-run');
  }
}

async function load(
  source: string,
  flags: LoadFlags,
  io: LoadAgentsIo,
  deps: LoadAgentsDeps,
): Promise<number> {
  const parsed = parseAgentsFiles(await readSource(source, { cwd: deps.cwd, stdin: io.stdin }), deps);
  const { store, close } = await deps.openStore();
  try {
    const stored = storedSecrets(store, (line) => io.stderr.write(`${line}\n`));
    const plan = planLoad(parsed, await store.list(), { prune: flags.prune ?? false, ...stored });
    const checked = checkAgents(plan, deps.checkAgent);
    const warnings = [...plan.warnings, ...checked.warnings];
    tell(warnings, io);
    if (!flags.json) io.stdout.write(`${describePlan(plan).join('\n')}\n`);
    const refusal = await refusalOf(plan, source, flags, io, deps);
    const changes = changesOf(plan);
    const applied = refusal === undefined && !flags.dryRun;
    if (applied && changes.length > 0) await store.apply(changes);
    if (applied && !flags.offline) warnings.push(...(await probe(checked.sound, io, deps)));
    if (flags.json) {
      io.stdout.write(`${JSON.stringify({ ...summarizePlan(plan), warnings, applied })}\n`);
    } else if (refusal === undefined) io.stdout.write(`${closingWords(plan, applied).join('\n')}\n`);
    if (refusal !== undefined) throw refusal;
    return 0;
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
  if (source === '-' || !stdin.isTTY || !stderr.isTTY) {
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
