import { createFirstRunCode, type FirstRunCode } from '../access/first-run-code.ts';
import type { Scheduler } from '../bots/scheduler.ts';
import type { BotPool } from '../bots/bot-pool.ts';
import type { LiveSettings } from '../config/live-settings.ts';
import { announceFirstRun } from '../http/announce-first-run.ts';
import type { HttpApp, HttpServer, HttpSite } from '../http/http-server.ts';
import { livenessOf } from '../http/liveness.ts';
import type { Probe, ProbeAnswer } from '../http/probe.ts';
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
  /** See `HostOptions.showCode`. */
  readonly showCode?: ((words: string) => void) | undefined;
}

/** What is served while the parts of the host are still being started: migrations may take their time. */
export function startingSite(metrics: HttpParts['metrics']): HttpSite {
  return siteWithout('starting', 202, metrics);
}

/** What is served while answers in flight are finished. */
export function stoppingSite(metrics: HttpParts['metrics']): HttpSite {
  return siteWithout('stopping', 200, metrics);
}

/**
 * Has a running host served: probes, metrics, and the admin API, which is opened when it is first asked for. Shows the
 * code for the first admin, as soon as the server listens.
 */
export async function serveRunning(http: HttpServer, parts: HttpParts): Promise<void> {
  const { config, database, logger } = parts;
  const showCode =
    parts.showCode ??
    ((words: string): void => {
      logger.info(words);
    });
  const firstRun = createFirstRunCode({
    now: Date.now,
    show: (code, minutes) => {
      const page = http.url === undefined ? 'the page' : near(http.url);
      showCode(`nobody can log in yet: open ${page} within ${minutes} minutes, type ${code}`);
    },
  });
  await http.serve(runningSite(parts, firstRun));
  const announced = http.listening.then((url) =>
    announceFirstRun({ ...database, firstRun, http: config.http, url, logger }),
  );
  if (http.url !== undefined) await announced;
  else {
    announced.catch((error: unknown) => {
      logger.warn('could not find out whether there is an admin; open the page to be shown a code', {
        error,
      });
    });
  }
}

/** Everywhere is no address to open: whoever reads this is on the machine, or knows how its port is reached. */
function near(url: string): string {
  return url.replace(/\/\/(?:0\.0\.0\.0|\[::\])(?=:)/, '//localhost');
}

function runningSite(parts: HttpParts, firstRun: FirstRunCode): HttpSite {
  return {
    probes: {
      '/liveness': () => liveness(parts),
      '/readiness': () => readiness(parts),
      '/metrics': scrapeOf(parts.metrics),
    },
    openApp: () => openApp(parts, firstRun),
  };
}

/** No bot, no API: it lives, and is not to be sent anything. */
function siteWithout(message: string, liveness: number, metrics: HttpParts['metrics']): HttpSite {
  const body = json({ message });
  return {
    probes: {
      '/liveness': () => ({ status: liveness, body }),
      '/readiness': () => ({ status: 503, body }),
      '/metrics': scrapeOf(metrics),
    },
    elsewhere: { status: 503, body },
  };
}

function scrapeOf(metrics: HttpParts['metrics']): Probe {
  return () => ({ status: 200, ...metrics.scrape() });
}

function liveness({ scheduler, settings, outage }: HttpParts): ProbeAnswer {
  const { status, message } = livenessOf({
    ...scheduler.progress,
    interval: settings.current.pollIntervalMs,
    isDatabaseAway: outage() !== undefined,
  });
  return { status, body: json({ message }) };
}

function readiness({ pool, breakers, database, scheduler, outage }: HttpParts): ProbeAnswer {
  const states = Array.from(pool.bots.values(), ({ status }) => status.state);
  const parked = states.filter((state) => state === 'parked').length;
  const circuits = breakers.statuses;
  const { status, body } = readinessOf({
    hasStarted: scheduler.progress.syncs > 0,
    outage: outage(),
    waiting: database.journal.waiting,
    bots: states.length - parked,
    parked,
    connected: states.filter((state) => state === 'ready').length,
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
