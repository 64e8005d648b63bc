import type { Meters } from './meters.ts';

/** How many more bots the host bears; `CapacityReport` fits. */
export interface CapacityNumbers {
  readonly bots: number;
  readonly maxBots: number;
  readonly more: number;
  readonly room: Readonly<Record<string, number>>;
  readonly minutes: number;
  readonly memory: { readonly used: number; readonly usable: number; readonly perBot: number };
  readonly busiest: Readonly<
    Record<'processor' | 'eventLoop' | 'eventLoopDelay' | 'database' | 'messages', number>
  >;
}

/** Each number of a report has a name; `npm run capacity` reads them by it. */
export const CAPACITY_METRICS = {
  bots: 'troupe_capacity_bots',
  maxBots: 'troupe_bots_max',
  more: 'troupe_capacity_more_bots',
  room: 'troupe_capacity_room_bots',
  trend: 'troupe_capacity_trend_seconds',
  used: 'troupe_capacity_memory_used_bytes',
  usable: 'troupe_capacity_memory_usable_bytes',
  perBot: 'troupe_capacity_memory_per_bot_bytes',
  processor: 'troupe_capacity_processor_utilization_ratio',
  eventLoop: 'troupe_capacity_event_loop_utilization_ratio',
  eventLoopDelay: 'troupe_capacity_event_loop_delay_seconds',
  database: 'troupe_capacity_database_utilization_ratio',
  messages: 'troupe_capacity_messages_per_second',
} as const;

/** Shows a report, made when it is asked for. */
export function capacityMetrics(meters: Meters, read: () => CapacityNumbers): void {
  const gauge = (
    name: keyof typeof CAPACITY_METRICS,
    help: string,
    pick: (report: CapacityNumbers) => number,
  ): void => {
    meters.gauge(CAPACITY_METRICS[name], help, (tell) => {
      tell(pick(read()));
    });
  };
  gauge('bots', 'Bots that run, parked ones aside.', ({ bots }) => bots);
  gauge('maxBots', 'MAX_CONCURRENT_BOTS.', ({ maxBots }) => maxBots);
  gauge('more', 'How many more bots this host will bear.', ({ more }) => more);
  meters.gauge<'limit'>(CAPACITY_METRICS.room, 'How many more bots one limit alone would allow.', (tell) => {
    for (const [limit, bots] of Object.entries(read().room)) tell(bots, { limit });
  });
  gauge('trend', 'How long the trend is; 0: what a bot needs is assumed.', ({ minutes }) => minutes * 60);
  gauge('used', 'The most memory that was resident within the trend.', ({ memory }) => memory.used);
  gauge('usable', 'The memory that bots may fill.', ({ memory }) => memory.usable);
  gauge('perBot', 'The memory that a bot is reckoned with.', ({ memory }) => memory.perBot);
  gauge('processor', 'Processors in use, in the busiest minute.', ({ busiest }) => busiest.processor);
  gauge(
    'eventLoop',
    'Utilization of the event loop in the busiest minute.',
    ({ busiest }) => busiest.eventLoop,
  );
  gauge(
    'eventLoopDelay',
    'The 99th percentile of the delay of the event loop in the worst minute.',
    ({ busiest }) => busiest.eventLoopDelay,
  );
  gauge('database', 'Utilization of the database in the busiest minute.', ({ busiest }) => busiest.database);
  gauge('messages', 'Messages a second in the busiest minute.', ({ busiest }) => busiest.messages);
}
