import { Command } from 'commander';
import { capacityAsJson } from '../../capacity/capacity-json.ts';
import type { CapacityReport } from '../../capacity/capacity-report.ts';
import { TroupeError, UnavailableError } from '../../errors.ts';
import { jsonLine } from '../json-line.ts';
import { type CommandOutput, exitCodeOf, tame } from '../run-command.ts';
import { describeCapacity } from './describe-capacity.ts';
import { readCapacity } from './read-capacity.ts';

/** What the command works with. */
export interface ShowCapacityDeps {
  /** Where the running host listens; called once the command line is found to be in order. */
  readonly address: () => { readonly host: string; readonly port: number };
}

/** How long the host may take to answer, in milliseconds: longer than it takes while it is busy. */
const PATIENCE = 10_000;

const HELP = `
Asks the running host, at HTTP_HOST and HTTP_PORT as they are set here. It reckons with the last hour: the most memory,
and the busiest minute of its event loop and its database. Minutes without a message are the host's own work, not its bots'. Up to 80 % of the memory may be filled, 60 % of the others.
A bot that is added is taken to need what each of the present ones needs; parked bots do not count.

Examples:
  npm run capacity
  npm run -s capacity -- --json      for programs; the same numbers are in GET /metrics as troupe_capacity_…

Exit codes: 0 done; 1 no host answers; 2 wrong usage; 78 a wrong setting.
`;

/**
 * `npm run capacity`: says how many more bots the running host will bear, and what the limit is.
 *
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage, 78 a wrong setting. Only a defect is thrown.
 */
export async function showCapacity(
  argv: readonly string[],
  io: CommandOutput,
  deps: ShowCapacityDeps,
): Promise<number> {
  const command = tame(new Command('npm run capacity --'), io)
    .description('Says how many more bots the running host will bear, and what the limit is.')
    .option('--json', 'print a JSON object, for programs')
    .addHelpText('after', HELP)
    .action(async ({ json = false }: { json?: boolean }) => {
      const report = await askHost(urlOf(deps.address()));
      io.stdout.write(json ? jsonLine(capacityAsJson(report)) : `${describeCapacity(report)}\n`);
    });
  return exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return 0;
  }, io);
}

/** Whoever listens everywhere is asked over loopback. */
function urlOf({ host, port }: { readonly host: string; readonly port: number }): string {
  const near = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${near.includes(':') ? `[${near}]` : near}:${port}`;
}

/** @throws {UnavailableError} when nobody answers; {TroupeError} when it is not a host */
async function askHost(url: string): Promise<CapacityReport> {
  let text: string;
  try {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(PATIENCE) });
    text = await response.text();
  } catch (cause) {
    throw new UnavailableError(`no host answers at ${url}`, {
      remedy: 'Start it with npm start, or set HTTP_HOST and HTTP_PORT here as the host has them.',
      cause,
    });
  }
  const report = readCapacity(text);
  if (report !== undefined) return report;
  throw new TroupeError(`what answers at ${url} is not a host of this version`, {
    remedy: 'Set HTTP_HOST and HTTP_PORT here as the host has them.',
  });
}
