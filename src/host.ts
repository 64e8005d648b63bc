import { createFirstRunCode } from './access/first-run-code.ts';
import { createAgentTools } from './agent-tools.ts';
import { createAgent } from './agents/agent-types.ts';
import { AGENTS_FILE_ACTOR } from './audit/audit-log.ts';
import { createCommandRunner } from './bot-orders.ts';
import type { Bot } from './bots/bot.ts';
import { BotPool } from './bots/bot-pool.ts';
import { Scheduler } from './bots/scheduler.ts';
import { SessionSaver } from './bots/session-saver.ts';
import type { CapacityReport } from './capacity/capacity-report.ts';
import { createCommands } from './commands/create-commands.ts';
import { tellAuditHead } from './audit/tell-head.ts';
import type { Config } from './config/config.ts';
import type { Environment } from './config/environment.ts';
import { LiveSettings } from './config/live-settings.ts';
import { databaseReasonOf, OUTAGES } from './database/database-errors.ts';
import { type Database, openDatabase } from './database/open-database.ts';
import { takeProcessLock } from './database/process-lock.ts';
import { type DiscordOptions, openDiscord } from './discord/open-discord.ts';
import { announceFirstRun } from './http/announce-first-run.ts';
import { type DatabasePulseOptions, startDatabasePulse } from './http/database-pulse.ts';
import { startHttpServer } from './http/http-server.ts';
import { livenessOf } from './http/liveness.ts';
import { readinessOf } from './http/readiness.ts';
import { watchHost } from './host-metrics.ts';
import { HostEvents } from './events/host-events.ts';
import { openHostIdentity } from './leases/host-identity.ts';
import type { LeaseStore } from './leases/lease-store.ts';
import { LEASE_TIMES, LeaseKeeper, type LeaseTimes } from './leases/lease-keeper.ts';
import type { Journal } from './messages/journal.ts';
import { MessageHandler } from './messages/message-handler.ts';
import { takeUpReplays } from './messages/recipients.ts';
import { tellingJournal } from './messages/telling-journal.ts';
import { WatchedJournal } from './messages/watched-journal.ts';
import type { AreaLevels, LogArea } from './observability/log-areas.ts';
import type { Logger, LogLevel } from './observability/logger.ts';
import { createMetrics } from './observability/metrics.ts';
import { openTracing } from './observability/open-tracing.ts';
import type { Redactor } from './observability/redactor.ts';
import { CircuitBreakers } from './providers/circuit-breakers.ts';
import type { Patience } from './providers/open-chat-model.ts';
import { BACK_OFFS } from './recovery/back-offs.ts';
import type { CriticalError } from './recovery/critical-error.ts';
import { IncidentRecorder, type IncidentRecorderTools } from './recovery/incident-recorder.ts';
import { PromiseKeeper } from './recovery/promise-keeper.ts';
import { takeUncaught } from './recovery/take-uncaught.ts';
import { watchPart } from './recovery/watch-part.ts';
import { RetentionSweeper, type SweepTiming } from './retention/retention-sweeper.ts';
import { createBackground } from './util/background.ts';
import { logDefects, type PartWatch } from './util/part-watch.ts';

/** What a host can be told besides its config; the defaults are for production. */
export interface HostOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Learns every token in use, so that no log line shows one. */
  readonly redactor: Redactor;
  /** Changes the levels of that log, when those settings change. Default: they stay as they are. */
  readonly setLogLevel?: (level: LogLevel, areas: AreaLevels) => void;
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
  /** Told of every change of an incident, at once: for metrics. */
  readonly onIncident?: IncidentRecorderTools['onIncident'];
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

/** Of what no user waits for (summaries), so much at a time; what cannot wait either is done the next time. */
const BACKGROUND = { concurrency: 4, backlog: 1_000 } as const;

/** How long the end of the host waits for its last traces to arrive, in milliseconds. */
const TRACES_PATIENCE = 5_000;

/** A running host. */
export interface Host {
  readonly pool: BotPool;
  readonly handler: MessageHandler;
  /** Where its health can be asked for; undefined when it could not listen there. */
  readonly healthUrl: string | undefined;
  /** How many more bots it will bear. */
  capacity(): CapacityReport;
  /** Resolves when a promise cannot be kept any more: it has to be stopped then, and its process to end. */
  readonly failed: Promise<CriticalError>;
  /** Told of an error that nobody took care of; in a storm of them the host fails. */
  readonly uncaught: (error: unknown) => void;
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
  const logOf = (area: LogArea): Logger => logger.child({ area });
  const incidents = new IncidentRecorder({
    now: () => new Date(),
    redact: (text) => redactor.redact(text),
    onIncident: timing.onIncident,
  });
  const watching = { incidents, logger: logOf('recovery') };
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
    const metrics = createMetrics();
    const tracing = await openTracing(config.traces, { logger, redactor });
    releases.push(() => tracing.stop(Math.min(TRACES_PATIENCE, config.shutdownTimeoutMs)));
    const database = await openDatabase({
      ...config,
      logger: logOf('database'),
      onStatement: metrics.database.took,
      incidents,
    });
    releases.push(() => database.close());
    await database.secrets.check();
    const identity = await openHostIdentity({
      file: config.hostIdFile,
      takeLock: takeProcessLock,
      logger: logOf('leases'),
    });
    releases.push(() => {
      identity.release();
    });
    incidents.start(database.incidents, identity.holder.hostId, logDefects('incidents', logger));
    releases.push(() => incidents.stop());

    const background = createBackground({
      ...BACKGROUND,
      onError: (what, error, about) => {
        logger.warn('something in the background did not succeed', { ...about, what, error });
      },
    });
    releases.push(() => background.stop());
    const breakers = new CircuitBreakers(logOf('providers'));
    const agentTools = createAgentTools({
      config,
      env,
      database,
      background,
      logger,
      redactor,
      patience: modelPatience,
      breakers,
      onCall: metrics.called,
      incidents,
    });

    const messagesLog = logOf('messages');
    const events = new HostEvents({ now: () => new Date() });
    const handler = new MessageHandler({
      journal: new WatchedJournal(tellingJournal(database.journal, metrics.exchanges), events),
      observer: metrics.exchanges,
      logger: messagesLog,
      tracer: tracing.tracer,
      now: Date.now,
      maxMessageLength: config.discord.maxMessageLength,
      recoveryWindow: config.discord.recoveryWindowMs,
      redact: agentTools.redact,
      incidents,
      ...(editInterval !== undefined && { editInterval }),
      ...(spool !== undefined && { spool }),
    });
    const discord = openDiscord({
      apiUrl: config.discord.apiUrl,
      receive: (recipient, message) => handler.receive(recipient, message),
      recover: (recipient) => handler.recover(recipient),
      lastSeen: database.lastSeen,
      lastSeenWatch: watchPart('last-seen', 'not-saved', watching),
      recoveryWindow: config.discord.recoveryWindowMs,
      missedMessagesLimit: config.discord.missedMessagesLimit,
      commands: createCommands({ memory: database.memory, now: () => new Date() }),
      logger: logOf('discord'),
      now: Date.now,
      onRequest: metrics.requested,
      ...patience,
    });
    releases.push(() => discord.close());

    const { holder } = identity;
    const store = releasedWhenWritten(database.leases, database.journal);
    const leases = new LeaseKeeper(
      {
        store,
        holder,
        logger: logOf('leases'),
        watch: watchPart('leases', 'not-renewed', watching),
        onLost: (agentId) => {
          incidents.report('leases', 'lost', { agentId });
        },
        onTwin: (agentId) => {
          incidents.report('leases', 'twin-process', { error: `it holds the lease of agent ${agentId}` });
        },
      },
      leaseTimes,
    );
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
        observer: metrics.gateway,
        incidents,
        onStatus: (agentId, { state, reason }) => {
          events.emit({ kind: 'agent.state', agentId, state, reason });
        },
        logger: logOf('bots'),
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
      logger: logOf('config'),
      watch: watchPart('settings', 'unreadable', watching),
      onProblems: (problems) => {
        if (problems.length === 0) incidents.recovered('settings', { reasons: ['invalid'] });
        else incidents.report('settings', 'invalid', { error: problems.join('; ') });
      },
      apply: ({ logLevel, logLevels, maxConcurrentBots }) => {
        setLogLevel?.(logLevel, logLevels);
        pool.maxBots = maxConcurrentBots;
      },
      onChange: (name) => {
        events.emit({ kind: 'setting', name });
      },
    });

    const saver = new SessionSaver({
      sessions: () => pool.sessions(),
      store: database.sessions,
      logger: logOf('bots'),
      interval: sessionInterval,
      watch: watchPart('sessions', 'not-saved', watching),
    });
    saver.start();
    releases.push(() => saver.stop());

    // Released before the pool: bots stay connected until their answers are out, but take nothing new.
    releases.push(() => handler.stop(settings.current.shutdownTimeoutMs));

    let lastSync = 0;
    const watch = watchHost({
      ...{ metrics, pool, handler, discord, background, breakers },
      database: config.database,
      journal: database.journal,
      isDatabaseUp: () => pulse.outage === undefined && database.journal.outage === undefined,
      lastSync: () => lastSync,
    });
    releases.push(() => {
      watch.stop();
    });
    const scheduler = new Scheduler({
      listAgents: () => database.agents.list(),
      sync: async (agents) => {
        metrics.keepAgents(agents);
        const plan = await pool.sync(agents);
        lastSync = Date.now();
        const ready = handler.recipients.live().filter(({ agentId }) => mayReplay(pool.bots.get(agentId)));
        await takeUpReplays({ journal: database.journal, handler, recipients: ready, logger: messagesLog });
        // Those of a bot that is new here were kept until now.
        if (plan.start.length > 0) void orders.look();
        return plan;
      },
      logger: logOf('bots'),
      interval: () => settings.current.pollIntervalMs,
      watch: watchPart('scheduler', 'unreadable', watching),
    });
    const pulse = startDatabasePulse({
      ask: () => database.ask(),
      watch: watchDatabase(database, watching),
      ...pulseTiming,
    });
    const { recipients } = handler;
    const { maxMessageLength } = config.discord;
    const orders = createCommandRunner({
      database,
      pool,
      scheduler,
      recipients,
      maxMessageLength,
      logger: logOf('bots'),
      watch: watchPart('bot-commands', 'unreadable', watching),
    });
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
        '/metrics': () => ({ status: 200, ...metrics.scrape() }),
        '/readiness': () => {
          const statuses = [...pool.bots.values()].filter(({ parked }) => !parked);
          const circuits = breakers.statuses;
          const { status, body } = readinessOf({
            outage: outage(),
            waiting: database.journal.waiting,
            bots: statuses.length,
            connected: statuses.filter(({ status: { state } }) => state === 'ready').length,
            circuits: circuits.length,
            openCircuits: circuits.filter(({ state }) => state === 'open').length,
          });
          return { status, body: json(body) };
        },
      },
      openApp: async () => {
        // When it is first asked for: it takes megabytes.
        const [{ openAdmin }, { adminParts }] = await Promise.all([
          import('./http/admin/open-admin.ts'),
          import('./admin-parts.ts'),
        ]);
        const parts = adminParts({
          ...{ config, env, database, pool, agentTools, events, redactor },
          capacity: () => watch.capacity(),
          hostBudget: () => settings.current.budget,
          logger: logOf('http'),
        });
        const storesFor = database.storesFor.bind(database);
        return openAdmin({ http: config.http, stores: database, storesFor, firstRun, parts });
      },
      logger: logOf('http'),
    });
    releases.push(() => http.stop());
    if (http.url === undefined) incidents.report('http', 'not-listening');
    const tellingHead = tellAuditHead({ auditLog: database.auditLog, logger: logOf('audit') });
    releases.push(() => tellingHead.stop());
    await announceFirstRun({
      ...database,
      firstRun,
      http: config.http,
      url: http.url,
      logger: logOf('http'),
    });

    if (config.agentsFile !== undefined) {
      // Loaded for those who have such a file: it takes megabytes.
      const { watchAgentsSource } = await import('./agents-file/watch-agents-source.ts');
      // Before the first poll, so that no bot starts that the file does not want.
      const { AgentsFileError } = await import('./agents-file/file-problem.ts');
      const reasonOf = (error: unknown): 'broken' | 'unreadable' =>
        error instanceof AgentsFileError ? 'broken' : 'unreadable';
      const following = await watchAgentsSource({
        ...config.agentsFile,
        env,
        store: database.storesFor(AGENTS_FILE_ACTOR).agents,
        logger: logOf('agents-file'),
        watch: watchPart('agents-file', reasonOf, watching),
      });
      releases.push(() => following.stop());
    }
    await settings.start();
    releases.push(() => settings.stop());
    leases.start(() => void scheduler.poll());
    await scheduler.start();
    releases.push(() => scheduler.stop());
    orders.start();
    releases.push(() => orders.stop());

    const sweeper = new RetentionSweeper({
      store: database.retention,
      retention: () => settings.current.retention,
      logger: logOf('retention'),
      record: (what, rows) =>
        database.auditor.append([
          { action: 'retention.delete', subject: { kind: 'table', id: what }, before: { rows } },
        ]),
      now: () => new Date(),
      timing: sweep,
      watch: watchPart('retention', 'failed', watching),
    });
    sweeper.start();
    releases.push(() => sweeper.stop());

    const promises = new PromiseKeeper({
      look: () => database.checkPromises(),
      interval: timing.promiseInterval,
      watch: watchPart('promises', 'unproved', watching),
    });
    releases.push(() => promises.stop());

    const { failed } = incidents;
    const uncaught = takeUncaught(incidents);
    return { pool, handler, healthUrl: http.url, capacity: () => watch.capacity(), failed, uncaught, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Whether a bot answers at present what is to be answered after all. */
function mayReplay(bot: Bot | undefined): boolean {
  return bot?.status.state === 'ready' && bot.record.pausedAt === undefined;
}

/** The database's signs of life; what the journal cannot write is for it to say. */
function watchDatabase(
  database: Database,
  watching: { readonly incidents: IncidentRecorder; readonly logger: Logger },
): PartWatch {
  const { incidents } = watching;
  return {
    ...watchPart('pulse', 'defect', watching),
    failed: (error) => {
      incidents.report('database', databaseReasonOf(error), { error });
    },
    worked: () => {
      if (database.journal.outage === undefined) incidents.recovered('database', { reasons: OUTAGES });
    },
  };
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
