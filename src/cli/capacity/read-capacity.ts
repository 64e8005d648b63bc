import { CAPACITY_LIMITS, type CapacityLimit, type CapacityReport } from '../../capacity/capacity-report.ts';
import { CAPACITY_METRICS } from '../../observability/metrics/capacity-metrics.ts';
import { readSamples } from '../../observability/metrics/read-samples.ts';

/**
 * The report that a host has put among its metrics.
 *
 * @param text - what `GET /metrics` answered
 * @returns undefined when it is not in there: something else answered, or an older version
 */
export function readCapacity(text: string): CapacityReport | undefined {
  const samples = readSamples(text);
  const numbers = new Map(
    samples.map(({ name, labels, value }) => [`${name} ${labels['limit'] ?? ''}`, value]),
  );
  const known = Object.values(CAPACITY_METRICS).every((name) =>
    samples.some((sample) => sample.name === name),
  );
  if (!known) return undefined;
  const read = (name: keyof typeof CAPACITY_METRICS, limit = ''): number =>
    numbers.get(`${CAPACITY_METRICS[name]} ${limit}`) ?? 0;
  const entries = CAPACITY_LIMITS.map((limit) => [limit, read('room', limit)] as const);
  const more = read('more');
  return {
    bots: read('bots'),
    maxBots: read('maxBots'),
    more,
    limit: entries.find(([, bots]) => bots === more)?.[0] ?? 'memory',
    room: Object.fromEntries(entries) as Record<CapacityLimit, number>,
    minutes: read('trend') / 60,
    memory: { used: read('used'), usable: read('usable'), perBot: read('perBot') },
    busiest: {
      processor: read('processor'),
      eventLoop: read('eventLoop'),
      eventLoopDelay: read('eventLoopDelay'),
      database: read('database'),
      messages: read('messages'),
    },
  };
}
