import type { AgentStore } from '../agents/agent-store.ts';
import type { Environment } from '../config/environment.ts';
import { InputError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { backOff } from '../util/back-off.ts';
import { logDefects, type PartWatch } from '../util/part-watch.ts';
import { type Repeating, RESTART } from '../util/repeat.ts';
import { sleep } from '../util/sleep.ts';
import { checkAgents, type CheckAgent } from './check-agents.ts';
import { summarizePlan } from './describe-plan.ts';
import { AgentsFileError, formatProblem } from './file-problem.ts';
import { openSource } from './open-source.ts';
import { parseAgentsFiles, type AgentsText } from './parse-agents-file.ts';
import { changesOf } from './plan-load.ts';
import { Pruning } from './pruning.ts';
import { storedSecrets } from './stored-secrets.ts';
import { type SourceWatch, watchSource } from './watch-source.ts';

/** Most problems of one file that are logged. */
const MAX_PROBLEMS = 20;

/** What a host keeps its agents in line with. */
export interface AgentsSourceOptions {
  /** A path of a file or folder, or a URL; see `openSource`. */
  readonly source: string;
  /** The folder from which a relative path begins. */
  readonly cwd: string;
  /** The variables for `${NAME}`. */
  readonly env: Environment;
  readonly store: Pick<AgentStore, 'list' | 'apply' | 'openToken' | 'openConfig'>;
  readonly logger: Logger;
  /** Whether agents that are not in the file are removed: at the first look at once, later once they stay away. */
  readonly prune: boolean;
  /** Milliseconds that an agent has to stay away. Default: 6 s. */
  readonly pruneDelay?: number | undefined;
  /** Milliseconds between two looks. Default: 3 s at files, which are watched besides, and 30 s at a server. */
  readonly interval?: number | undefined;
  /** Looks at each `llm` agent that is created or changed; what it says is logged. Default: nothing lacks. */
  readonly checkAgent?: CheckAgent | undefined;
  /** Ends it as `stop` does, without waiting. Default: only `stop` does. */
  readonly signal?: AbortSignal | undefined;
  /** Hears how it fares. Default: defects are logged. */
  readonly watch?: PartWatch | undefined;
}

/**
 * Brings the agents table in line with a source, and again whenever that changes. Resolves after the first time.
 *
 * A source that is broken or out of reach is an error in the log and changes nothing; the next good version is taken.
 *
 * @returns `stop` resolves once what is under way has ended
 * @throws {InputError} when no source can be meant, or it is standard input.
 */
export async function watchAgentsSource(options: AgentsSourceOptions): Promise<Repeating> {
  const { cwd, env, logger, interval } = options;
  if (options.source === '-') throw new InputError('standard input cannot be watched; name a file or a URL');
  const source = openSource(options.source, { cwd, env });
  const stopping = new AbortController();
  const pruning = new Pruning(options.pruneDelay);
  const signal =
    options.signal === undefined ? stopping.signal : AbortSignal.any([options.signal, stopping.signal]);
  const { watch = logDefects('agents-file', logger) } = options;
  const begin = (): Promise<SourceWatch> =>
    watchSource({
      source,
      interval,
      signal,
      take: async (texts, isFirst) => {
        const again = await bringInLine(texts, isFirst, source.shown, pruning, options);
        watch.worked();
        return again;
      },
      onError: (error) => {
        pruning.forget();
        tell(error, source.shown, logger);
        watch.failed(error);
      },
    });
  const ended = keepRunning(await begin(), begin, watch, signal);
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

/** Begins to watch anew whenever a watch ended by a defect. Never rejects. */
async function keepRunning(
  first: SourceWatch,
  begin: () => Promise<SourceWatch>,
  watch: PartWatch,
  signal: AbortSignal,
): Promise<void> {
  let running = Promise.resolve(first);
  for (let failures = 0; !signal.aborted;) {
    try {
      const { ended } = await running;
      if (failures > 0) watch.mended();
      await ended;
    } catch (error) {
      failures += 1;
      watch.broke(error);
      await sleep(backOff(RESTART, failures, 1), signal);
      running = begin();
      // Awaited in the next turn; until then it is no unhandled one.
      running.catch(() => undefined);
    }
  }
}

async function bringInLine(
  texts: readonly AgentsText[],
  isFirst: boolean,
  shown: string,
  pruning: Pruning,
  { env, store, logger, prune, checkAgent }: AgentsSourceOptions,
): Promise<number | undefined> {
  const parsed = parseAgentsFiles(texts, { env });
  const notes: string[] = [];
  const stored = storedSecrets(store, (line) => notes.push(line));
  const existing = await store.list();
  const { plan, goneNow, again } = pruning.plan(parsed, existing, { prune, ...stored }, isFirst);
  // Not before: a plan that fails is tried again and again.
  for (const note of notes) logger.warn(note);
  for (const warning of [...plan.warnings, ...checkAgents(plan, checkAgent).warnings]) {
    logger.warn('agents file: a warning', { problem: formatProblem(warning) });
  }
  if (goneNow.length > 0) {
    const agents = goneNow.map(({ name }) => name).join(', ');
    logger.warn('agents are missing in the agents file; they are deleted unless they come back soon', {
      agents,
    });
  }
  const changes = changesOf(plan);
  if (changes.length === 0) {
    logger.info('the agents are in line with the agents file', { source: shown });
    return again;
  }
  await store.apply(changes);
  const { create, update, disable, delete: removed, unchanged } = summarizePlan(plan);
  logger.info('the agents were brought in line with the agents file', {
    source: shown,
    create: create.length,
    update: update.length,
    disable: disable.length,
    delete: removed.length,
    unchanged: unchanged.length,
    ...(removed.length > 0 && { deleted: removed.join(', ') }),
  });
  return again;
}

function tell(error: unknown, source: string, logger: Logger): void {
  const text = 'the agents file cannot be loaded; the agents stay as they are';
  if (!(error instanceof AgentsFileError)) {
    logger.error(text, { source, error });
    return;
  }
  for (const problem of error.problems.slice(0, MAX_PROBLEMS)) {
    logger.error(text, { problem: formatProblem(problem) });
  }
  const more = error.problems.length - MAX_PROBLEMS;
  if (more > 0) logger.error(text, { source, moreProblems: more });
}
