import type { CapacityReport } from './capacity-report.ts';

/** A report for programs, as the API and `npm run capacity -- --json` have it. */
export function capacityAsJson(report: CapacityReport) {
  const { maxBots, memory, busiest, ...rest } = report;
  return {
    ...rest,
    max_bots: maxBots,
    memory: { used: memory.used, usable: memory.usable, per_bot: memory.perBot },
    busiest: {
      processor: busiest.processor,
      event_loop: busiest.eventLoop,
      event_loop_delay: busiest.eventLoopDelay,
      database: busiest.database,
      messages: busiest.messages,
    },
  };
}
