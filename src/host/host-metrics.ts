import os from 'node:os';
import type { BotPool } from '../bots/bot-pool.ts';
import type { Bot } from '../bots/bot.ts';
import type { CapacityReport } from '../capacity/capacity-report.ts';
import { CapacityTrend } from '../capacity/capacity-trend.ts';
import { estimateCapacity } from '../capacity/estimate-capacity.ts';
import type { DatabaseConfig } from '../config/database-url.ts';
import { serverAddress } from '../database/server-address.ts';
import type { Discord } from '../discord/open-discord.ts';
import type { Journal } from '../messages/journal.ts';
import type { MessageHandler } from '../messages/message-handler.ts';
import { EventLoopMonitor } from '../observability/event-loop.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { BotReading } from '../observability/metrics/host-gauges.ts';
import type { CircuitBreakers } from '../providers/circuit-breakers.ts';
import type { Background } from '../util/background.ts';

/** The parts of a host that are read when somebody asks for metrics. */
export interface ObservedParts {
  readonly metrics: Metrics;
  readonly pool: BotPool;
  readonly handler: Pick<MessageHandler, 'received' | 'load'>;
  readonly discord: Pick<Discord, 'invalidRequests'>;
  readonly journal: Pick<Journal, 'outage' | 'waiting'>;
  readonly background: Pick<Background, 'load'>;
  readonly breakers: CircuitBreakers;
  readonly database: DatabaseConfig;
  /** Whether the database answers. */
  readonly isDatabaseUp: () => boolean;
  /** When the pool was last brought in line with the agents table, in milliseconds since 1970; 0: never. */
  readonly lastSync: () => number;
}

/** What a host tells of itself besides its metrics. */
export interface HostWatch {
  /** How many more bots it will bear. Cheap: it may be asked at any time. */
  capacity(): CapacityReport;
  stop(): void;
}

/** Has the metrics of a host read its parts, and follows how much it bears. Before the first bot starts. */
export function watchHost(parts: ObservedParts): HostWatch {
  const { metrics, pool, handler, discord, journal, background, breakers } = parts;
  const before = process.memoryUsage.rss();
  const databaseLanes = lanesOf(parts.database);
  const loop = new EventLoopMonitor();
  loop.start();
  let lastMinute = loop.peek();
  let isFirstMinute = true;
  const trend = new CapacityTrend({
    now: () => performance.now(),
    read() {
      lastMinute = loop.take();
      const { user, system } = process.cpuUsage();
      const { answer, refuse, pass } = handler.received;
      return {
        bots: runningBots(pool),
        memory: process.memoryUsage.rss(),
        eventLoop: lastMinute.utilization,
        eventLoopDelay: lastMinute.p99,
        processorSeconds: (user + system) / 1e6,
        databaseSeconds: metrics.database.seconds,
        messages: answer + refuse + pass,
      };
    },
  });
  trend.start();
  const capacity = (): CapacityReport =>
    estimateCapacity({
      bots: runningBots(pool),
      maxBots: pool.maxBots,
      memory: presentMemory(before),
      databaseLanes,
      samples: trend.samples,
    });
  metrics.watch({
    bots: () => [...Array.from(pool.bots.values(), readBot), ...pool.botless],
    messages: () => handler.received,
    exchanges: () => handler.load,
    background: () => background.load,
    circuits: () => breakers.statuses,
    invalidRequests: () => discord.invalidRequests,
    database: () => ({ isUp: parts.isDatabaseUp(), waiting: journal.waiting }),
    lastSync: parts.lastSync,
    eventLoop: () => {
      isFirstMinute &&= trend.samples.length === 0;
      return isFirstMinute ? loop.peek() : lastMinute;
    },
    capacity,
  });
  return {
    capacity,
    stop() {
      trend.stop();
      loop.stop();
      metrics.stop();
    },
  };
}

function runningBots({ bots }: BotPool): number {
  let running = 0;
  for (const { parked } of bots.values()) if (!parked) running += 1;
  return running;
}

function readBot({ definition, status, latencyMs }: Bot): BotReading {
  return { name: definition.name, state: status.state, latencyMs };
}

/** SQLite does one thing after the other, a server as many as it has connections to us. */
function lanesOf(database: DatabaseConfig): number {
  return database.provider === 'sqlite' ? 1 : serverAddress(database.provider, database.url).connections;
}

/** In a container its limit counts, elsewhere the machine's memory. */
function presentMemory(before: number): { used: number; before: number; limit: number; free: number } {
  const constrained = process.constrainedMemory();
  const total = os.totalmem();
  // Without a limit the system says nothing, or a number that no machine has.
  const limit = constrained > 0 && constrained < total ? constrained : total;
  return { used: process.memoryUsage.rss(), before, limit, free: process.availableMemory() };
}
