import { parseArgs } from 'node:util';
import { FULL_JOURNAL, type JournalScale, QUICK_JOURNAL } from './journal/scale.ts';
import { FULL_SCALE, type LlmScale, QUICK_SCALE } from './llm/scale.ts';

/** Whether each bot has a guild of its own, or all are in one, where each hears everything. */
export type Layout = 'own' | 'shared';

/** What a run is asked to do. */
export interface BenchOptions {
  /** Numbers of bots, each measured by itself. */
  readonly bots: readonly number[];
  /** Messages a second. */
  readonly rates: readonly number[];
  /** How long each rate is kept up. */
  readonly seconds: number;
  /** How often everything is measured; medians are reported. */
  readonly runs: number;
  readonly layout: Layout;
  /** Also start a thousand bots. */
  readonly thousand: boolean;
  /** Whether the programs are compared. */
  readonly programs: boolean;
  /** How much is asked of LLM agents; `undefined` leaves them out. */
  readonly llm: LlmScale | undefined;
  /** How much is asked of the journal on each database; `undefined` leaves it out. */
  readonly journal: JournalScale | undefined;
  /** A file for the results as JSON. */
  readonly json: string | undefined;
}

/** Defaults; `--quick` changes them to {@link QUICK}. */
const DEFAULTS = { bots: '1,10,50', rates: '20,100,500', seconds: '3', runs: '3', layout: 'own' } as const;

const QUICK = { bots: '50', rates: '100', seconds: '1', runs: '1', layout: 'own' } as const;

/** What `--help` prints. */
export const HELP = `npm run bench -- [options]

Measures what Troupe costs beside a bare @discordjs/core echo loop and beside raw WebSocket and HTTP: time to ready,
memory, added latency, throughput. Then what LLM agents cost, with a stand-in for the model as well: our own time for an
answer, tokens that go through, memory of remembered users. Those talk to a stand-in Discord on this machine, without
TLS. Then how long a message waits for the journal, on SQLite, and on PostgreSQL and MySQL where they can be reached.
Takes about twenty minutes; nothing else should run meanwhile. Needs Linux.

  --bots LIST       numbers of bots (${DEFAULTS.bots})
  --rates LIST      messages a second (${DEFAULTS.rates})
  --seconds N       how long each rate is kept up (${DEFAULTS.seconds})
  --runs N          how often everything is measured; medians count (${DEFAULTS.runs})
  --layout WORD     own: a guild for each bot; shared: all in one guild, where each hears everything (${DEFAULTS.layout})
  --thousand        also start a thousand bots
  --llm             measure LLM agents only; of the options above, only --runs is for them
  --no-llm          leave LLM agents out
  --journal         measure the journal only; of the options above, only --runs is for it
  --no-journal      leave the journal out
  --quick           about a minute and a half, LLM agents with few users and short answers: --bots ${QUICK.bots} --rates ${QUICK.rates} --seconds ${QUICK.seconds} --runs ${QUICK.runs}
  --json FILE       write the results to a file as well
  --help

PostgreSQL and MySQL are looked for on this machine, or where TROUPE_TEST_POSTGRESQL and TROUPE_TEST_MYSQL say, as a
user who may make databases: each run makes a database of its own and drops it.

Exits with 0 also when a budget is missed; with 1 when an answer was wrong or missing, or when the stand-in saw
something that Discord would punish; with 2 when an option is wrong.
`;

/** An option that cannot be used; the message says which and why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Reads the command line; `undefined` asks for help.
 *
 * @throws UsageError
 */
export function readOptions(args: readonly string[]): BenchOptions | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  const isQuick = values.quick === true;
  // Whoever asks for a part gets that part.
  const isPart = values.llm === true || values.journal === true;
  const fallback = isQuick ? QUICK : DEFAULTS;
  const layout = values.layout ?? fallback.layout;
  if (layout !== 'own' && layout !== 'shared') throw new UsageError('--layout: own or shared');
  return {
    bots: numbers('bots', values.bots ?? fallback.bots, 1_000),
    rates: numbers('rates', values.rates ?? fallback.rates, 5_000),
    seconds: number('seconds', values.seconds ?? fallback.seconds, 600),
    runs: number('runs', values.runs ?? fallback.runs, 100),
    layout,
    thousand: values.thousand ?? false,
    programs: !isPart,
    llm: (values.llm ?? !isPart) ? (isQuick ? QUICK_SCALE : FULL_SCALE) : undefined,
    journal: (values.journal ?? !isPart) ? (isQuick ? QUICK_JOURNAL : FULL_JOURNAL) : undefined,
    json: values.json,
  };
}

// The type is what parseArgs infers.
function parse(args: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    return parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        bots: text,
        rates: text,
        seconds: text,
        runs: text,
        layout: text,
        json: text,
        thousand: flag,
        llm: flag,
        journal: flag,
        quick: flag,
        help: { ...flag, short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function numbers(name: string, list: string, most: number): number[] {
  return list.split(',').map((word) => number(name, word, most));
}

function number(name: string, word: string, most: number): number {
  const value = Number(word);
  if (/^\d+$/.test(word.trim()) && value >= 1 && value <= most) return value;
  throw new UsageError(`--${name}: "${word}" is not a whole number from 1 to ${most}`);
}
