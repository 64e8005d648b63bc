import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { agentNameKey } from '../agents/agent-definition.ts';
import type { AgentRecord } from '../agents/agent-record.ts';
import type { AgentStore } from '../agents/agent-store.ts';
import { describeVariables, exportAgents as exported, TO_SET, toYaml } from '../agents-file/export-agents.ts';
import { MAX_FILE_BYTES } from '../agents-file/open-document.ts';
import { printable, quote } from '../agents-file/show-value.ts';
import { InputError, messageOf } from '../errors.ts';
import { nearest } from '../util/nearest.ts';
import { type CommandOutput, exitCodeOf, tame } from './run-command.ts';

/** What the command works with. */
export interface ExportAgentsDeps {
  /** The folder from which a relative path begins. */
  readonly cwd: string;
  /** Opens the agents table. */
  readonly openStore: () => Promise<{
    readonly store: Pick<AgentStore, 'list'>;
    readonly close: () => Promise<void>;
  }>;
}

interface ExportFlags {
  readonly agent: readonly string[];
  readonly all?: true;
  readonly json?: true;
  readonly force?: true;
}

const HELP = `
Loaded again with npm run agents:load, the agents are the same. No secret is written: in its place stands \${NAME},
and the names are listed on standard error and at the head of the file.

Examples:
  npm run --silent agents:export > agents.yaml
  npm run agents:export -- agents.yaml --force
  npm run agents:export -- helper.yaml --agent Helper --all

Exit codes: 0 done; 1 refused or failed; 2 wrong usage; 78 a wrong setting.
`;

/**
 * `npm run agents:export`: writes the agents table as an agents file, without secrets.
 *
 * @returns the exit code: 0 done, 1 refused or failed, 2 wrong usage, 78 a wrong setting. Only a defect is thrown.
 */
export async function exportAgents(
  argv: readonly string[],
  io: CommandOutput,
  deps: ExportAgentsDeps,
): Promise<number> {
  const command = tame(new Command('npm run agents:export --'), io)
    .description('Writes the agents as a YAML file that agents:load takes.')
    .argument('[file]', 'where to (default: standard output)')
    .option(
      '--agent <name>',
      'only this agent; may be given again',
      (name, names: string[]) => [...names, name],
      [],
    )
    .option('--all', 'also write settings that have their default')
    .option('--json', 'write JSON, which agents:load takes as well')
    .option('--force', 'replace the file if there is one')
    .addHelpText('after', HELP)
    .action(async (file: string | undefined, flags: ExportFlags) => {
      await write(file, flags, io, deps);
    });
  return exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return 0;
  }, io);
}

async function write(
  file: string | undefined,
  flags: ExportFlags,
  { stdout, stderr }: CommandOutput,
  { cwd, openStore }: ExportAgentsDeps,
): Promise<void> {
  const { store, close } = await openStore();
  const records = await store.list().finally(close);
  const result = exported(chosen(records, flags.agent), { all: flags.all ?? false });
  const text = flags.json ? `${JSON.stringify({ agents: result.agents }, null, 2)}\n` : toYaml(result);
  if (file === undefined) stdout.write(text);
  else await writeTo(path.resolve(cwd, file), file, text, flags.force ?? false);
  const { agents, variables } = result;
  const lines = [
    ...(file === undefined
      ? []
      : [`${printable(file)}: ${agents.length} ${agents.length === 1 ? 'agent' : 'agents'}`]),
    ...(variables.length === 0 ? [] : [TO_SET]),
    ...describeVariables(variables).map((line) => `  ${printable(line)}`),
    ...(Buffer.byteLength(text) > MAX_FILE_BYTES
      ? ['warning: this is more than the 1 MiB that one file may have; export a part with --agent']
      : []),
  ];
  for (const line of lines) stderr.write(`${line}\n`);
}

function chosen(records: readonly AgentRecord[], names: readonly string[]): readonly AgentRecord[] {
  if (names.length === 0) return records;
  const wanted = new Set(names.map(agentNameKey));
  const found = records.filter(({ name }) => wanted.has(agentNameKey(name)));
  for (const name of names) {
    if (found.some((record) => agentNameKey(record.name) === agentNameKey(name))) continue;
    const meant = nearest(
      name,
      records.map((record) => record.name),
    );
    throw new InputError(
      `there is no agent ${quote(name)}${meant === undefined ? '' : `; did you mean ${quote(meant)}?`}`,
    );
  }
  return found;
}

async function writeTo(target: string, shown: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(target, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') {
      throw new InputError(`${printable(shown)} is there already; nothing was written`, {
        remedy: 'Add --force to replace it, or name another file.',
      });
    }
    throw new InputError(`${printable(shown)} cannot be written: ${printable(messageOf(error))}`);
  }
}
