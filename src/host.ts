import { createAgent } from './agents/agent-types.ts';
import { AGENTS_FILE_ACTOR } from './audit/audit-log.ts';
import type { Bot } from './bots/bot.ts';
import { BotPool } from './bots/bot-pool.ts';
import { Scheduler } from './bots/scheduler.ts';
import { SessionSaver } from './bots/session-saver.ts';
import { createCommands } from './commands/create-commands.ts';
import { tellAuditHead } from './audit/tell-head.ts';
import { LiveSettings } from './config/live-settings.ts';
import { openDatabase } from './database/open-database.ts';
import { takeProcessLock } from './database/process-lock.ts';
import { openDiscord } from './discord/open-discord.ts';
import { HostEvents } from './events/host-events.ts';
import { createAgentTools } from './host/agent-tools.ts';
import { createCommandRunner } from './host/bot-orders.ts';
import { HOST_DEFAULTS, type Host, type HostOptions } from './host/host-options.ts';
import { watchHost } from './host/host-metrics.ts';
import { incidentEvent } from './host/incident-event.ts';
import { serveRunning, startingSite, stoppingSite } from './host/http-sites.ts';
import { Releases } from './host/releases.ts';
import { stopInTime } from './host/stop-in-time.ts';
import { watchDatabase } from './host/watch-database.ts';
import { startDatabasePulse } from './http/database-pulse.ts';
import { startHttpServer } from './http/http-server.ts';
import { openHostIdentity } from './leases/host-identity.ts';
import { LeaseKeeper } from './leases/lease-keeper.ts';
import { releasedWhenWritten } from './leases/released-when-written.ts';
import { MessageHandler } from './messages/message-handler.ts';
import { takeUpReplays } from './messages/recipients.ts';
import { WatchedJournal } from './messages/watched-journal.ts';
import type { LogArea } from './observability/log-areas.ts';
import type { Logger } from './observability/logger.ts';
import { createMetrics } from './observability/metrics.ts';
import { openTracing } from './observability/open-tracing.ts';
import { CircuitBreakers } from './providers/circuit-breakers.ts';
import { IncidentRecorder } from './recovery/incident-recorder.ts';
import { PromiseKeeper } from './recovery/promise-keeper.ts';
import { takeUncaught } from './recovery/take-uncaught.ts';
import { watchPart } from './recovery/watch-part.ts';
import { RetentionSweeper } from './retention/retention-sweeper.ts';
import { createBackground } from './util/background.ts';
import { logDefects } from './util/part-watch.ts';

/** Of what no user waits for (summaries), so much at a time; what cannot wait either is done the next time. */
const BACKGROUND = { concurrency: 4, backlog: 1_000 } as const;

/** How long the end of the host waits for its last traces to arrive, in milliseconds. */
const TRACES_PATIENCE = 5_000;

/** How long requests over HTTP that are in flight then may take, in milliseconds. */
const HTTP_PATIENCE = 5_000;

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
  const events = new HostEvents({ now: () => new Date() });
  const metrics = createMetrics();
  const incidents = new IncidentRecorder({
    now: () => new Date(),
    redact: (text) => redactor.redact(text),
    onIncident: (incident, change) => {
      events.emit(incidentEvent(incident));
      metrics.incident(incident, change);
    },
  });
  const watching = { incidents, logger: logOf('recovery') };
  const releases = new Releases(logger);
  let shutdownTimeout = (): number => config.shutdownTimeoutMs;
  let destroyDatabase = (): void => undefined;
  // First and last: whoever starts and stops it wants to know how far it is.
  const http = await startHttpServer({
    ...config.http,
    site: startingSite(metrics),
    patience: Math.min(HTTP_PATIENCE, config.shutdownTimeoutMs),
    logger: logOf('http'),
    watch: watchPart('http', 'not-listening', watching),
  });
  releases.push(() => http.stop());
  const stopParts = async (): Promise<void> => {
    releases.begin();
    await http.serve(stoppingSite(metrics)).catch((error: unknown) => {
      logger.error('the admin API could not be closed in order', { error });
    });
    await releases.end();
  };
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= stopInTime(stopParts, { timeout: shutdownTimeout(), destroyDatabase, logger });
    return stopping;
  };
  try {
    const tracing = await openTracing(config.traces, { logger, redactor });
    releases.push(() => tracing.stop(Math.min(TRACES_PATIENCE, config.shutdownTimeoutMs)));
    const database = await openDatabase({
      ...config,
      logger: logOf('database'),
      onStatement: metrics.database.took,
      incidents,
    });
    releases.push(() => database.close());
    destroyDatabase = () => {
      database.destroy();
    };
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
      onModel: metrics.opened,
      incidents,
    });

    const messagesLog = logOf('messages');
    const handler = new MessageHandler({
      journal: new WatchedJournal(database.journal, events, metrics.exchanges),
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
        createAgent: (record) => {
          // It may be another provider's from now on.
          breakers.forget(record.id);
          return createAgent(record.type, database.agents.openConfig(record), record, agentTools);
        },
        sessions: database.sessions,
        leases,
        abandon: (lease) => {
          breakers.forget(lease.agentId);
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

    shutdownTimeout = () => settings.current.shutdownTimeoutMs;
    // Before the pool: bots stay connected until their answers are out, but take nothing new from the first moment on.
    releases.pushEarly(() => handler.stop(shutdownTimeout()));

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
      events,
      logger: logOf('bots'),
      watch: watchPart('bot-commands', 'unreadable', watching),
    });
    releases.push(() => {
      pulse.stop();
    });
    // Before the first poll, which may take its time.
    await serveRunning(http, {
      ...{ config, env, database, pool, agentTools, events, redactor, breakers, metrics, scheduler },
      settings,
      outage: () => pulse.outage ?? database.journal.outage ?? leases.outage,
      capacity: () => watch.capacity(),
      showCode: timing.showCode,
      logger: logOf('http'),
    });
    const tellingHead = tellAuditHead({ auditLog: database.auditLog, logger: logOf('audit') });
    releases.push(() => tellingHead.stop());

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
    return {
      ...{ pool, handler, failed, uncaught, stop },
      get healthUrl() {
        return http.url;
      },
      capacity: () => watch.capacity(),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Whether a bot answers at present what is to be answered after all. */
function mayReplay(bot: Bot | undefined): boolean {
  return bot?.status.state === 'ready' && bot.record.pausedAt === undefined;
}
