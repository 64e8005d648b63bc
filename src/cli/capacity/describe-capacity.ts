import { CAPACITY_LIMITS, type CapacityLimit, type CapacityReport } from '../../capacity/capacity-report.ts';
import { alignedTable } from '../aligned-table.ts';

const NAMES: Readonly<Record<CapacityLimit, string>> = {
  'max-concurrent-bots': 'MAX_CONCURRENT_BOTS',
  memory: 'memory',
  'event-loop': 'event loop',
  database: 'database',
};

/** A report for people. */
export function describeCapacity(report: CapacityReport): string {
  const { bots, more, limit, minutes } = report;
  const what = `${bots} ${bots === 1 ? 'bot runs' : 'bots run'} here; this host will bear ${more} more.`;
  const trend =
    minutes === 0
      ? 'There is no trend yet (a minute after the start there is): what a bot needs is assumed.'
      : `By the busiest of the last ${minutes === 1 ? 'minute' : `${minutes} minutes`}, if the bots that come are like those there are.`;
  return [`${what} The limit is ${NAMES[limit]}.${beyond(report)}`, trend, '', table(report)].join('\n');
}

/** What there would be room for if the operator raised the limit. */
function beyond({ limit, room, maxBots }: CapacityReport): string {
  if (limit !== 'max-concurrent-bots') return '';
  const others = CAPACITY_LIMITS.filter((name) => name !== limit);
  const [next = 'memory'] = others.toSorted((a, b) => room[a] - room[b]);
  return ` It is ${maxBots}; raised, the limit would be ${NAMES[next]}, at ${room[next]} more.`;
}

function table({ room, maxBots, memory, busiest }: CapacityReport): string {
  const rows = [
    ['limit', 'room for', 'now, or in the busiest minute'],
    [NAMES['max-concurrent-bots'], room['max-concurrent-bots'], `${maxBots} allowed`],
    [
      NAMES.memory,
      room.memory,
      `${megabytes(memory.used)} of ${megabytes(memory.usable)} MB used; ${megabytes(memory.perBot, 1)} MB for a bot`,
    ],
    [
      NAMES['event-loop'],
      room['event-loop'],
      `${percent(busiest.eventLoop)} busy, ${(busiest.eventLoopDelay * 1_000).toFixed(0)} ms late (p99); ` +
        `${percent(busiest.processor)} of a processor; ${busiest.messages.toFixed(1)} messages/s`,
    ],
    [NAMES.database, room.database, `${percent(busiest.database)} busy`],
  ];
  return alignedTable(rows.map((row) => row.map(String)));
}

function megabytes(bytes: number, digits = 0): string {
  return (bytes / 1e6).toFixed(digits);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
