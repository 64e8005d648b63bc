// Runs the host until a signal.
import { loadConfig } from './config/config.ts';
import { readEnvironment } from './config/environment.ts';
import { knownSecrets } from './config/known-secrets.ts';
import { ConfigError, EXIT_CONFIG, messageOf, TroupeError } from './errors.ts';
import type { Host } from './host/host-options.ts';
import { startHost } from './host.ts';
import { createRedactor } from './observability/redactor.ts';
import { createLogger, type LogSettings } from './observability/winston-logger.ts';
import { sleep } from './util/sleep.ts';
import { watchParent } from './util/watch-parent.ts';

/** Exit code for a command line that makes no sense. */
const EXIT_USAGE = 2;

/** How long a start that is under way may go on after a signal, to be stopped in order; in milliseconds. */
const START_PATIENCE = 5_000;

const HELP = `npm start

Runs the host: every enabled agent of the agents table as a bot on Discord, until SIGINT or SIGTERM.
A second signal ends it at once.

Settings are environment variables, also from .env or config/<NODE_ENV>.yaml; npm run config shows them all.

  npm run agents:load -- FILE   make or change agents from a YAML file
  npm run demo                  try everything without a Discord account

Exit codes: 0 stopped by a signal, 1 could not start or was stopped twice, 2 wrong usage,
70 stopped over a defect: start it again, 78 a setting is wrong, or somebody has to mend something first.
`;

async function main(): Promise<number> {
  const env = readEnvironment();
  const config = loadConfig(env);
  const redactor = createRedactor();
  for (const secret of knownSecrets(env)) redactor.add(secret);
  const logger = createLogger(config.log, { redactor });
  for (const warning of config.warnings) logger.warn(warning);

  let host: Host | undefined;
  // A defect that one bot runs into must not end the others; the policy says when it does.
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(event, (error: unknown) => {
      logger.error('an error that nobody took care of', { error });
      host?.uncaught(error);
    });
  }
  const isOfNpm = env['npm_lifecycle_event'] !== undefined;
  const signal = signalled(isOfNpm, (name, again) => {
    if (again) process.exit(1);
    logger.info(`${name}: stopping; a second one ends at once`);
  });
  try {
    const starting = startHost({
      ...{ config, env, logger, redactor },
      setLogLevel: logger.setLevel,
      // Nobody could log in who never sees it.
      ...(!showsInfo(config.log) && {
        showCode: (words) => {
          process.stderr.write(`${words}\n`);
        },
      }),
    });
    // Such as on a database that is silent. Nothing is in flight yet.
    const late = signal.then(() => sleep(START_PATIENCE, new AbortController().signal));
    host = (await Promise.race([starting, late])) ?? undefined;
    if (host === undefined) {
      logger.warn('the host ends before it has started: it waits for something');
      return 0;
    }
    logger.info('the host is running', {
      database: config.database.provider,
      maxBots: host.pool.maxBots,
    });
    const failure = await Promise.race([signal, host.failed]);
    if (failure !== undefined)
      logger.error('the host stops: it cannot keep its promises', { error: failure });
    await host.stop();
    if (failure === undefined) {
      logger.info('the host has stopped');
      return 0;
    }
    logger.error(`the host has stopped: ${failure.message}. ${failure.remedy}`);
    return failure.exitCode;
  } catch (error) {
    logger.error('the host cannot start', {
      error,
      ...(error instanceof TroupeError && error.remedy !== '' && { remedy: error.remedy }),
    });
    return error instanceof ConfigError ? EXIT_CONFIG : 1;
  } finally {
    await logger.close();
  }
}

/** Whether what is logged of HTTP is seen anywhere. */
function showsInfo({ toConsole, toFile, areas, level }: LogSettings): boolean {
  return (toConsole || toFile) && ['info', 'debug'].includes(areas?.http ?? level);
}

/** Resolves at the first SIGINT or SIGTERM, and tells of each. */
function signalled(isOfNpm: boolean, onSignal: (name: string, again: boolean) => void): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    // npm hands a signal to the shell between it and this process, which ends by it and says nothing.
    if (isOfNpm) {
      watchParent(() => {
        if (count > 0) return;
        onSignal('npm is gone', false);
        resolve();
      });
    }
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        count += 1;
        onSignal(name, count > 1);
        resolve();
      });
    }
  });
}

const words = process.argv.slice(2);
if (words.includes('--help') || words.includes('-h')) {
  process.stdout.write(HELP);
} else if (words.length > 0) {
  process.stderr.write(`npm start takes no arguments, and was given: ${words.join(' ')}\n\n${HELP}`);
  process.exitCode = EXIT_USAGE;
} else {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = error instanceof ConfigError ? EXIT_CONFIG : 1;
  }
  // Nothing is left to do; what lingers (idle keep-alive sockets) must not hold the process.
  process.exit();
}
