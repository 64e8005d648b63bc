import { Argument, Command } from 'commander';
import { printable } from '../../agents-file/show-value.ts';
import type { Config } from '../../config/config.ts';
import { InputError, messageOf } from '../../errors.ts';
import { type CommandOutput, exitCodeOf, tame } from '../run-command.ts';

/** What a host is asked: whether it lives, and whether it does its work. */
const PROBES = ['liveness', 'readiness'] as const;

/** Addresses that a server listens on and nobody can ask at: the machine itself is meant. */
const EVERYWHERE: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

/** A container's health check waits no longer either. */
const PATIENCE = 5_000;

/** More than this of an answer is somebody else's. */
const SHOWN = 300;

const HELP = `
Asks the host at HTTP_HOST and HTTP_PORT; for people, scripts, and the health checks of containers.

liveness: it turns (202: it lives and has not looked at the agents table yet). readiness: it does its work.

Examples:
  npm run health                   both, a line each
  npm run -s health -- liveness    that one alone

Exit codes: 0 it is well; 1 it is not, or does not answer; 2 wrong usage; 78 a wrong setting.
`;

/**
 * `npm run health`: asks a running host how it is, and prints a line for each probe.
 *
 * @param readHttp - where the host listens; called once the command line is found to be in order
 * @returns the exit code: 0 well, 1 not well or no answer, 2 wrong usage, 78 a wrong setting
 */
export async function askHealth(
  argv: readonly string[],
  io: CommandOutput,
  readHttp: () => Pick<Config['http'], 'host' | 'port'>,
  patience = PATIENCE,
): Promise<number> {
  let code = 0;
  const command = tame(new Command('npm run health --'), io)
    .description('Asks a running host how it is.')
    .addArgument(new Argument('[probe]', 'both when it is left out').choices(PROBES))
    .addHelpText('after', HELP)
    .action(async (probe?: string) => {
      const base = addressOf(readHttp());
      const asked = probe === undefined ? PROBES : [probe];
      const answers = await Promise.all(asked.map((name) => ask(`${base}/${name}`, patience)));
      for (const [at, { well, words }] of answers.entries()) {
        if (!well) code = 1;
        io.stdout.write(`${asked[at] ?? ''}: ${words}\n`);
      }
    });
  return exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return code;
  }, io);
}

/** Where a host that listens there is asked on its own machine. */
function addressOf({ host, port }: Pick<Config['http'], 'host' | 'port'>): string {
  if (port === 0) {
    throw new InputError('HTTP_PORT is 0, any port that is free: nobody knows which', {
      remedy: 'Set HTTP_PORT to a port for the host and for this command.',
    });
  }
  const at = EVERYWHERE.get(host) ?? host;
  return `http://${at.includes(':') ? `[${at}]` : at}:${port}`;
}

async function ask(url: string, patience: number): Promise<{ well: boolean; words: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patience), redirect: 'manual' });
    const text = (await response.text()).trim().slice(0, SHOWN);
    return { well: response.ok, words: `${response.status} ${printable(text)}` };
  } catch (error) {
    return { well: false, words: `no answer from ${url}: ${printable(messageOf(error))}` };
  }
}
