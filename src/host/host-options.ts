import type { BotPool } from '../bots/bot-pool.ts';
import type { CapacityReport } from '../capacity/capacity-report.ts';
import type { Config } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import type { DiscordOptions } from '../discord/open-discord.ts';
import type { DatabasePulseOptions } from '../http/database-pulse.ts';
import { LEASE_TIMES, type LeaseTimes } from '../leases/lease-keeper.ts';
import type { MessageHandler } from '../messages/message-handler.ts';
import type { AreaLevels } from '../observability/log-areas.ts';
import type { Logger, LogLevel } from '../observability/logger.ts';
import type { Redactor } from '../observability/redactor.ts';
import type { Patience } from '../providers/open-chat-model.ts';
import { BACK_OFFS } from '../recovery/back-offs.ts';
import type { CriticalError } from '../recovery/critical-error.ts';
import type { SweepTiming } from '../retention/retention-sweeper.ts';

/** What a host can be told besides its config; the defaults are for production. */
export interface HostOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Learns every token in use, so that no log line shows one. */
  readonly redactor: Redactor;
  /** Changes the levels of that log, when those settings change. Default: they stay as they are. */
  readonly setLogLevel?: (level: LogLevel, areas: AreaLevels) => void;
  /** Shows the one-time code for the first admin, in a sentence. Default: the log does. */
  readonly showCode?: (words: string) => void;
  /** Where agents' settings that are written as `${NAME}` are looked up. Default: nowhere. */
  readonly env?: Environment;
  /** Between two failed connections of a bot, in milliseconds. */
  readonly backOff?: { readonly base: number; readonly cap: number };
  /** Between two IDENTIFYs of a bot, in milliseconds. */
  readonly identifyInterval?: number;
  /** How often a bot parked over its application's switches looks again, in milliseconds. */
  readonly recheckInterval?: number;
  /** How often gateway sessions are written down, in milliseconds. */
  readonly sessionInterval?: number;
  /** How patient bots are with Discord, and how often it is written down what they have seen; in milliseconds. */
  readonly patience?: Pick<
    DiscordOptions,
    'probeInterval' | 'requestTimeout' | 'lastSeenInterval' | 'guildPatience' | 'gatePatience'
  >;
  /** How patient agents are with language models. */
  readonly modelPatience?: Partial<Patience>;
  /** How often an answer that grows is shown anew, in milliseconds. */
  readonly editInterval?: number;
  /** Messages that may wait for the database while it cannot be reached. */
  readonly spool?: number;
  /** How often the database is asked for a sign of life. */
  readonly pulse?: Pick<DatabasePulseOptions, 'interval' | 'patience'>;
  /** When what was kept for long enough is deleted. */
  readonly sweep?: SweepTiming;
  /** How long the leases of its bots last, and how often they are looked at. */
  readonly leases?: Partial<LeaseTimes>;
  /** How often it is looked at whether promises can still be kept, in milliseconds. */
  readonly promiseInterval?: number;
}

/** The defaults of {@link HostOptions}. */
export const HOST_DEFAULTS = {
  backOff: BACK_OFFS.gateway,
  identifyInterval: 5_000,
  recheckInterval: 60_000,
  sessionInterval: 1_000,
  sweep: { first: 60_000, interval: 3_600_000, pause: 50 },
  leases: LEASE_TIMES,
  promiseInterval: 60_000,
  env: {},
} as const satisfies Partial<HostOptions>;

/** A running host. */
export interface Host {
  readonly pool: BotPool;
  readonly handler: MessageHandler;
  /** Where its health can be asked for; undefined while it cannot listen there. */
  readonly healthUrl: string | undefined;
  /** How many more bots it will bear. */
  capacity(): CapacityReport;
  /** Resolves when a promise cannot be kept any more: it has to be stopped then, and its process to end. */
  readonly failed: Promise<CriticalError>;
  /** Told of an error that nobody took care of; in a storm of them the host fails. */
  readonly uncaught: (error: unknown) => void;
  /**
   * Takes nothing new, finishes or abandons what is in flight, closes every part in reverse order. Resolves in
   * `SHUTDOWN_TIMEOUT` and eight seconds at the latest, whatever waits for whom: what was not written by then is where the
   * death of the process would leave it.
   */
  stop(): Promise<void>;
}
