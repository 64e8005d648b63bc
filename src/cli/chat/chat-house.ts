import type { AgentTools } from '../../agents/agent-type.ts';
import { createAgentTools } from '../../host/agent-tools.ts';
import { type Config, loadConfig } from '../../config/config.ts';
import type { Environment } from '../../config/environment.ts';
import { knownSecrets } from '../../config/known-secrets.ts';
import { type Database, openDatabase } from '../../database/open-database.ts';
import { silentLogger } from '../../observability/logger.ts';
import { createRedactor, type Redactor } from '../../observability/redactor.ts';
import type { ClosableLogger, LogSettings } from '../../observability/winston-logger.ts';
import { type Background, type BackgroundOptions, createBackground } from '../../util/background.ts';
import { cliActor } from '../cli-actor.ts';

/** What a chat works with: all that a host has, but for Discord. */
export interface ChatHouse {
  readonly config: Config;
  readonly database: Database;
  readonly tools: AgentTools;
  readonly logger: ClosableLogger;
  /** Waits until what answers left to do in the background is done, but no longer than so many milliseconds. */
  settle(timeout: number): Promise<void>;
  /** Closes every part in order. */
  close(): Promise<void>;
}

/** Of what no user waits for (summaries). */
const BACKGROUND = { concurrency: 4, backlog: 1_000 } as const;

/**
 * Opens what the host uses under the same environment; a host may run beside it.
 *
 * @param console - where debug lines may go; undefined: there is a chat in the terminal
 * @throws {ConfigError} for a wrong setting
 */
export async function openChatHouse(
  env: Environment,
  console: NodeJS.WritableStream | undefined,
): Promise<ChatHouse> {
  const config = loadConfig(env);
  const redactor = createRedactor();
  for (const secret of knownSecrets(env)) redactor.add(secret);
  const logger = await openLog(config.log, redactor, console);
  try {
    const database = await openDatabase({
      ...config,
      logger: logger.child({ area: 'database' }),
      actor: cliActor(),
    });
    const { background, ...waits } = watchedBackground((what, error, about) => {
      logger.warn('something in the background did not succeed', { ...about, what, error });
    });
    const tools = createAgentTools({ config, env, database, background, logger, redactor });
    return {
      config,
      database,
      tools,
      logger,
      ...waits,
      async close() {
        await background.stop();
        await database.close();
        await logger.close();
      },
    };
  } catch (error) {
    await logger.close();
    throw error;
  }
}

/** The log's file as always; of the console only what is asked for, and never where somebody chats. */
async function openLog(
  settings: LogSettings,
  redactor: Redactor,
  stream: NodeJS.WritableStream | undefined,
): Promise<ClosableLogger> {
  const toConsole = settings.toConsole && settings.level === 'debug' && stream !== undefined;
  if (!settings.toFile && !toConsole) return { ...silentLogger, close: () => Promise.resolve() };
  const { createLogger } = await import('../../observability/winston-logger.ts');
  return createLogger({ ...settings, toConsole }, { redactor, ...(stream !== undefined && { stream }) });
}

/** A background whose tasks can be waited for. */
function watchedBackground(
  onError: BackgroundOptions['onError'],
): Pick<ChatHouse, 'settle'> & { readonly background: Background } {
  const background = createBackground({ ...BACKGROUND, onError });
  const open = new Set<Promise<void>>();
  return {
    background: {
      get load() {
        return background.load;
      },
      add(what, task, about) {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        const done = promise.then(() => void open.delete(done));
        open.add(done);
        const watched = (signal: AbortSignal): Promise<void> =>
          task(signal).finally(() => {
            resolve(undefined);
          });
        background.add(what, watched, about);
      },
      stop: () => background.stop(),
    },
    async settle(timeout) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, timeout);
      });
      await Promise.race([Promise.all(open), late]);
      clearTimeout(timer);
    },
  };
}
