import { createFirstRunCode, type FirstRunCode } from '../access/first-run-code.ts';
import type { Scheduler } from '../bots/scheduler.ts';
import type { BotPool } from '../bots/bot-pool.ts';
import type { LiveSettings } from '../config/live-settings.ts';
import { announceFirstRun } from '../http/announce-first-run.ts';
import { type HttpApp, type HttpServer, type ProbeAnswer, startHttpServer } from '../http/http-server.ts';
import { livenessOf } from '../http/liveness.ts';
import { readinessOf } from '../http/readiness.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { CircuitBreakers } from '../providers/circuit-breakers.ts';
import type { AdminPartsOptions } from './admin-parts.ts';

/** What is asked for over HTTP. */
export interface HttpParts extends Omit<AdminPartsOptions, 'hostBudget' | 'pool'> {
  readonly pool: Pick<BotPool, 'bots'>;
  readonly breakers: Pick<CircuitBreakers, 'statuses'>;
  readonly metrics: Pick<Metrics, 'scrape'>;
  readonly scheduler: Pick<Scheduler, 'progress'>;
  readonly settings: Pick<LiveSettings, 'current'>;
  /** Since when the database does not answer; undefined while it does. */
  readonly outage: () => { readonly since: Date } | undefined;
}

/** Answers probes and metrics, and opens the admin API when it is first asked for; shows the code for the first admin. */
export async function openHttp(parts: HttpParts): Promise<HttpServer> {
  const { config, database, metrics, logger } = parts;
  const firstRun = createFirstRunCode({
    now: Date.now,
    show: (code, minutes) => {
      logger.info(
        `nobody can log in yet: open ${server.url ?? 'the page'} within ${minutes} minutes, type ${code}`,
      );
    },
  });
  const server = await startHttpServer({
    ...config.http,
    probes: {
      '/liveness': () => liveness(parts),
      '/readiness': () => readiness(parts),
      '/metrics': () => ({ status: 200, ...metrics.scrape() }),
    },
    openApp: () => openApp(parts, firstRun),
    logger,
  });
  await announceFirstRun({ ...database, firstRun, http: config.http, url: server.url, logger });
  return server;
}

function liveness({ scheduler, settings, outage }: HttpParts): ProbeAnswer {
  const { status, message } = livenessOf({
    ...scheduler.progress,
    interval: settings.current.pollIntervalMs,
    isDatabaseAway: outage() !== undefined,
  });
  return { status, body: json({ message }) };
}

function readiness({ pool, breakers, database, outage }: HttpParts): ProbeAnswer {
  const statuses = [...pool.bots.values()].map((bot) => bot.status).filter(({ state }) => state !== 'parked');
  const circuits = breakers.statuses;
  const { status, body } = readinessOf({
    outage: outage(),
    waiting: database.journal.waiting,
    bots: statuses.length,
    connected: statuses.filter(({ state }) => state === 'ready').length,
    circuits: circuits.length,
    openCircuits: circuits.filter(({ state }) => state === 'open').length,
  });
  return { status, body: json(body) };
}

/** It takes megabytes. */
async function openApp(parts: HttpParts, firstRun: FirstRunCode): Promise<HttpApp> {
  const { config, database, settings } = parts;
  const [{ openAdmin }, { adminParts }] = await Promise.all([
    import('../http/admin/open-admin.ts'),
    import('./admin-parts.ts'),
  ]);
  return openAdmin({
    http: config.http,
    stores: database,
    storesFor: (actor) => database.storesFor(actor),
    firstRun,
    parts: adminParts({ ...parts, hostBudget: () => settings.current.budget }),
  });
}

/** A body of one line. */
function json(body: object): string {
  return `${JSON.stringify(body)}\n`;
}
