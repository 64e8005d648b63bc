import { Command, InvalidArgumentError } from 'commander';
import { findAgent, unknownAgent } from '../find-agent.ts';
import { jsonLine } from '../json-line.ts';
import { type CommandOutput, exitCodeOf, tame } from '../run-command.ts';
import { incidentAsJson, incidentTable } from './describe-incidents.ts';
import type { OpenIncidentLog } from './open-incidents.ts';

/** What the command works with. */
export interface ManageIncidentsDeps {
  /** Opens the database; called once the command line is found to be in order. */
  readonly openIncidentLog: () => Promise<OpenIncidentLog>;
}

interface ListFlags {
  readonly open?: true;
  readonly agent?: string;
  readonly limit: number;
  readonly json?: true;
}

/** More than anybody reads, and still no burden for the database. */
const MAX_LISTED = 10_000;

const HELP = `
An incident is a failure that something was done about, for as long as it lasts: what failed, what was done, how often,
and whether it helped. What is done about which failure stands in docs/reliability.md. Incidents are kept for 90 days.

Examples:
  npm run incidents -- list                    the last 20
  npm run incidents -- list --open             those that last
  npm run incidents -- list --agent Helper
  npm run -s incidents -- list --json          for programs

Exit codes: 0 done, or nothing to show; 1 failed; 2 wrong usage; 78 a wrong setting.
`;

/**
 * `npm run incidents`: shows what failed, what was done about it and whether that helped.
 *
 * @returns the exit code: 0 done or nothing to show, 1 failed, 2 wrong usage, 78 a wrong setting. Only a defect is
 * thrown.
 */
export async function manageIncidents(
  argv: readonly string[],
  io: CommandOutput,
  { openIncidentLog }: ManageIncidentsDeps,
): Promise<number> {
  const command = tame(new Command('npm run incidents --'), io)
    .description('Shows what failed, what was done about it and whether that helped.')
    .addHelpText('after', HELP);
  tame(command.command('list'), io)
    .description('list incidents, newest first')
    .option('--open', 'only those that last')
    .option('-a, --agent <name>', 'only of this agent')
    .option('-n, --limit <number>', 'so many at most', parseLimit, 20)
    .option('--json', 'print a JSON array, for programs')
    .action(async (flags: ListFlags) => {
      const open = await openIncidentLog();
      try {
        io.stdout.write(await list(flags, open));
      } finally {
        await open.close();
      }
    });
  return exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return 0;
  }, io);
}

/** @throws {InputError} when there is no such agent, nor one that is gone and left incidents under this id */
async function list({ open: isOpen, agent, limit, json }: ListFlags, open: OpenIncidentLog): Promise<string> {
  const all = await open.agents.list();
  const agentId = agent === undefined ? undefined : (findAgent(agent, all)?.id ?? agent);
  const incidents = await open.incidents.list({ agentId, isOpen, limit });
  if (agent !== undefined && incidents.length === 0 && findAgent(agent, all) === undefined) {
    throw unknownAgent(agent, all);
  }
  const names = new Map(all.map(({ id, name }) => [id, name]));
  if (json) return jsonLine(incidents.map((incident) => incidentAsJson(incident, names)));
  return incidents.length === 0 ? 'There is no such incident.\n' : incidentTable(incidents, names);
}

/** @throws {InvalidArgumentError} */
function parseLimit(text: string): number {
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LISTED) return limit;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_LISTED}.`);
}
