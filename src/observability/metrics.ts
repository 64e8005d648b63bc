import type { EventLoopReading } from './event-loop.ts';
import { AgentSeries, type NamedAgent } from './metrics/agent-series.ts';
import { capacityMetrics, type CapacityNumbers } from './metrics/capacity-metrics.ts';
import { type DatabaseMetrics, databaseMetrics } from './metrics/database-metrics.ts';
import { discordMetrics } from './metrics/discord-metrics.ts';
import { exchangeMetrics } from './metrics/exchange-metrics.ts';
import { gatewayMetrics } from './metrics/gateway-metrics.ts';
import { incidentMetrics } from './metrics/incident-metrics.ts';
import { hostGauges, type HostSources } from './metrics/host-gauges.ts';
import { Meters, type Scrape } from './metrics/meters.ts';
import { modelMetrics } from './metrics/model-metrics.ts';
import { processMetrics } from './metrics/process-metrics.ts';
import type { CallObserver, ModelObserver } from './observers/call-observer.ts';
import type { ExchangeObserver } from './observers/exchange-observer.ts';
import type { GatewayObserver } from './observers/gateway-observer.ts';
import type { IncidentObserver } from './observers/incident-observer.ts';
import type { RequestObserver } from './observers/request-observer.ts';

/** What else is read of a host, once it has it. */
export interface MetricSources extends HostSources {
  /** How busy the event loop was lately. */
  readonly eventLoop: () => EventLoopReading;
  readonly capacity: () => CapacityNumbers;
}

/**
 * What a host tells Prometheus. Labels are bounded: agents by name (as many as there are), providers, models and codes of
 * ours; never a user, a message, a channel or a guild.
 */
export interface Metrics {
  readonly exchanges: ExchangeObserver;
  readonly gateway: GatewayObserver;
  readonly database: DatabaseMetrics;
  /** Told of each call to a provider. */
  readonly called: CallObserver;
  /** Told of each model that an agent begins to work with. */
  readonly opened: ModelObserver;
  /** Told of each request to Discord. */
  readonly requested: RequestObserver;
  /** Told of each change of an incident. */
  readonly incident: IncidentObserver;
  /** Takes over which agents there are: what is counted of them begins at zero, what was counted of others is forgotten. */
  keepAgents(agents: Iterable<NamedAgent>): void;
  /** Says where the rest is read, once. */
  watch(sources: MetricSources): void;
  /** All of it, in Prometheus' text format. */
  scrape(): Scrape;
  /** Ends what runs for it. */
  stop(): void;
}

/** Makes the metrics of one host. */
export function createMetrics(): Metrics {
  const meters = new Meters();
  const agents = new AgentSeries();
  let end: (() => void) | undefined;
  const exchanges = exchangeMetrics(meters, agents);
  const gateway = gatewayMetrics(meters, agents);
  const database = databaseMetrics(meters);
  const models = modelMetrics(meters, agents);
  return {
    exchanges,
    gateway,
    database,
    called: models.called,
    opened(model) {
      exchanges.opened(model);
      models.opened(model);
    },
    requested: discordMetrics(meters),
    incident: incidentMetrics(meters),
    keepAgents(present) {
      agents.keep(present);
    },
    watch(sources) {
      hostGauges(meters, sources);
      capacityMetrics(meters, sources.capacity);
      end = processMetrics(meters, sources.eventLoop);
    },
    scrape: () => meters.scrape(),
    stop: () => end?.(),
  };
}
