import { createFirstRunCode } from './access/first-run-code.ts';
import { createAgentTools } from './agent-tools.ts';
import { createAgent } from './agents/agent-types.ts';
import { type Actor, AGENTS_FILE_ACTOR } from './audit/audit-log.ts';
import { BotPool } from './bots/bot-pool.ts';
import { Scheduler } from './bots/scheduler.ts';
import { SessionSaver } from './bots/session-saver.ts';
import { createCommands } from './commands/create-commands.ts';
import { tellAuditHead } from './audit/tell-head.ts';
import type { Config } from './config/config.ts';
import type { Environment } from './config/environment.ts';
import { LiveSettings } from './config/live-settings.ts';
import { openDatabase } from './database/open-database.ts';
import { takeProcessLock } from './database/process-lock.ts';
import { type DiscordOptions, openDiscord } from './discord/open-discord.ts';
import { announceFirstRun } from './http/announce-first-run.ts';
import { type DatabasePulseOptions, startDatabasePulse } from './http/database-pulse.ts';
import { startHttpServer } from './http/http-server.ts';
import { livenessOf } from './http/liveness.ts';
import { readinessOf } from './http/readiness.ts';
import { openHostIdentity } from './leases/host-identity.ts';
import type { LeaseStore } from './leases/lease-store.ts';
import { LEASE_TIMES, LeaseKeeper, type LeaseTimes } from './leases/lease-keeper.ts';
import type { Journal } from './messages/journal.ts';
import { MessageHandler } from './messages/message-handler.ts';
import { takeUpReplays } from './messages/recipients.ts';
import type { Logger, LogLevel } from './observability/logger.ts';
import type { Redactor } from './observability/redactor.ts';
import type { Patience } from './providers/open-chat-model.ts';
import { RetentionSweeper, type SweepTiming } from './retention/retention-sweeper.ts';
import { createBackground } from './util/background.ts';

/** What a host can be told besides its config; the defaults are for production. */
export interface HostOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Learns every token in use, so that no log line shows one. */
  readonly redactor: Redactor;
  /** Changes the level of that log, when that setting changes. Default: it stays as it is. */
  readonly setLogLevel?: (level: LogLevel) => void;
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
}

/** The defaults of {@link HostOptions}. */
export const HOST_DEFAULTS = {
  backOff: { base: 1_000, cap: 600_000 },
  identifyInterval: 5_000,
  recheckInterval: 60_000,
  sessionInterval: 1_000,
  sweep: { first: 60_000, interval: 3_600_000, pause: 50 },
  leases: LEASE_TIMES,
  env: {},
} as const satisfies Partial<HostOptions>;

/** Of what no user waits for (summaries), so much at a time; what cannot wait either is done the next time. */
const BACKGROUND = { concurrency: 4, backlog: 1_000 } as const;

/** A running host. */
export interface Host {
  readonly pool: BotPool;
  readonly handler: MessageHandler;
  /** Where its health can be asked for; undefined when it could not listen there. */
  readonly healthUrl: string | undefined;
  /** Takes nothing new, finishes or abandons what is in flight, closes every part in reverse order. */
  stop(): Promise<void>;
}

/**
 * Builds every part and starts them in order. When one fails, those that were started are stopped again and the
 * error is thrown.
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const { config, logger, setLogLevel, redactor, env, patience, modelPatience, ...timing } = {
    ...HOST_DEFAULTS,
    ...options,
  };
  const { editInterval, spool, pulse: pulseTiming } = timing;
  const { backOff, identifyInterval, recheckInterval, sessionInterval, sweep, leases: leaseTimes } = timing;
  const releases: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (let release = releases.pop(); release !== undefined; release = releases.pop()) {
      try {
        await release();
      } catch (error) {
        // The parts below still have to be closed.
        logger.error('a part of the host could not be stopped in order', { error });
      }
    }
  };
  try {
    const database = await openDatabase({ ...config, logger });
    releases.push(() => database.close());
    await database.secrets.check();
    const identity = await openHostIdentity({
      file: config.hostIdFile,
      takeLock: takeProcessLock,
      logger,
    });
    releases.push(() => {
      identity.release();
    });

    const background = createBackground({
      ...BACKGROUND,
      onError: (what, error) => {
        logger.warn('something in the background did not succeed', { what, error });
      },
    });
    releases.push(() => background.stop());
    const agentTools = createAgentTools({
      config,
      env,
      database,
      background,
      logger,
      redactor,
      patience: modelPatience,
    });

    const handler = new MessageHandler({
      journal: database.journal,
      logger,
      now: Date.now,
      maxMessageLength: config.discord.maxMessageLength,
      recoveryWindow: config.discord.recoveryWindowMs,
      redact: agentTools.redact,
      ...(editInterval !== undefined && { editInterval }),
      ...(spool !== undefined && { spool }),
    });
    const discord = openDiscord({
      apiUrl: config.discord.apiUrl,
      receive: (recipient, message) => handler.receive(recipient, message),
      recover: (recipient) => handler.recover(recipient),
      lastSeen: database.lastSeen,
      recoveryWindow: config.discord.recoveryWindowMs,
      missedMessagesLimit: config.discord.missedMessagesLimit,
      commands: createCommands({ memory: database.memory, now: () => new Date() }),
      logger,
      now: Date.now,
      ...patience,
    });
    releases.push(() => discord.close());

    const { holder } = identity;
    const store = releasedWhenWritten(database.leases, database.journal);
    const leases = new LeaseKeeper({ store, holder, logger }, leaseTimes);
    releases.push(() => leases.stop());
    const pool = new BotPool(
      { maxBots: config.maxConcurrentBots },
      {
        openAccount: (bot, token) => {
          redactor.add(token);
          return discord.openAccount(bot, token);
        },
        agents: database.agents,
        createAgent: (record) =>
          createAgent(record.type, database.agents.openConfig(record), record, agentTools),
        sessions: database.sessions,
        leases,
        abandon: (lease) => {
          handler.abandon(lease);
        },
        identifies: database.identifies,
        logger,
        now: () => new Date(),
        random: Math.random,
        backOff,
        identifyInterval,
        recheckInterval,
      },
    );
    releases.push(() => pool.stop());

    const settings = new LiveSettings({
      config,
      env,
      store: database.settings,
      logger,
      apply: ({ logLevel, maxConcurrentBots }) => {
        setLogLevel?.(logLevel);
        pool.maxBots = maxConcurrentBots;
      },
    });

    const saver = new SessionSaver({
      sessions: () => pool.sessions(),
      store: database.sessions,
      logger,
      interval: sessionInterval,
    });
    saver.start();
    releases.push(() => saver.stop());

    // Released before the pool: bots stay connected until their answers are out, but take nothing new.
    releases.push(() => handler.stop(settings.current.shutdownTimeoutMs));

    const scheduler = new Scheduler({
      listAgents: () => database.agents.list(),
      sync: async (agents) => {
        const plan = await pool.sync(agents);
        const ready = handler.recipients
          .live()
          .filter(({ agentId }) => pool.bots.get(agentId)?.status.state === 'ready');
        await takeUpReplays({ journal: database.journal, handler, recipients: ready, logger });
        return plan;
      },
      logger,
      interval: () => settings.current.pollIntervalMs,
    });
    const pulse = startDatabasePulse({ ask: () => database.ask(), ...pulseTiming });
    releases.push(() => {
      pulse.stop();
    });
    const outage = (): { readonly since: Date } | undefined =>
      pulse.outage ?? database.journal.outage ?? leases.outage;
    const firstRun = createFirstRunCode({
      now: Date.now,
      show: (code, minutes) => {
        logger.info(
          `nobody can log in yet: open ${http.url ?? 'the page'} within ${minutes} minutes, type ${code}`,
        );
      },
    });
    // Before the first poll, which may take its time.
    const http = await startHttpServer({
      ...config.http,
      probes: {
        '/liveness': () => {
          const { status, message } = livenessOf({
            ...scheduler.progress,
            interval: settings.current.pollIntervalMs,
            isDatabaseAway: outage() !== undefined,
          });
          return { status, body: json({ message }) };
        },
        '/readiness': () => {
          const statuses = [...pool.bots.values()].filter(({ parked }) => !parked);
          const { status, body } = readinessOf({
            outage: outage(),
            waiting: database.journal.waiting,
            bots: statuses.length,
            connected: statuses.filter(({ status: { state } }) => state === 'ready').length,
          });
          return { status, body: json(body) };
        },
      },
      openApp: async () => {
        // When it is first asked for: it takes megabytes.
        const { openAdmin } = await import('./http/admin/open-admin.ts');
        const storesFor = (actor: Actor) => database.storesFor(actor);
        return openAdmin({ http: config.http, stores: database, storesFor, firstRun, logger });
      },
      logger,
    });
    releases.push(() => http.stop());
    const tellingHead = tellAuditHead({ auditLog: database.auditLog, logger });
    releases.push(() => tellingHead.stop());
    await announceFirstRun({ ...database, firstRun, http: config.http, url: http.url, logger });

    if (config.agentsFile !== undefined) {
      // Loaded for those who have such a file: it takes megabytes.
      const { watchAgentsSource } = await import('./agents-file/watch-agents-source.ts');
      // Before the first poll, so that no bot starts that the file does not want.
      const store = database.storesFor(AGENTS_FILE_ACTOR).agents;
      const watching = await watchAgentsSource({ ...config.agentsFile, env, store, logger });
      releases.push(() => watching.stop());
    }
    await settings.start();
    releases.push(() => settings.stop());
    leases.start(() => void scheduler.poll());
    await scheduler.start();
    releases.push(() => scheduler.stop());

    const sweeper = new RetentionSweeper({
      store: database.retention,
      retention: () => settings.current.retention,
      logger,
      record: (what, rows) =>
        database.auditor.append([
          { action: 'retention.delete', subject: { kind: 'table', id: what }, before: { rows } },
        ]),
      now: () => new Date(),
      timing: sweep,
    });
    sweeper.start();
    releases.push(() => sweeper.stop());

    return { pool, handler, healthUrl: http.url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A body of one line. */
function json(body: object): string {
  return `${JSON.stringify(body)}\n`;
}

/** These leases, none of which others may take before what is still to be written under it is written, or cannot be. */
function releasedWhenWritten(store: LeaseStore, journal: Pick<Journal, 'flush'>): LeaseStore {
  return {
    claim: (...given) => store.claim(...given),
    renew: (...given) => store.renew(...given),
    list: () => store.list(),
    release: async (...given) => {
      await journal.flush();
      await store.release(...given);
    },
  };
}
