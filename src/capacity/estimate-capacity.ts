import {
  CAPACITY_LIMITS,
  type CapacityFacts,
  type CapacityReport,
  type CapacitySample,
} from './capacity-report.ts';

const MEGABYTE = 1_000_000;

/** What is assumed, and how far a host may be filled. */
export const CAPACITY_RULES = {
  /** Of the memory that there is, and of what is free. */
  memory: 0.8,
  /** Of the event loop's time, and of the database's, in the busiest minute. */
  busy: 0.6,
  /** With an event loop that is later than this in most minutes, in seconds, users notice: no more bots. */
  delay: 0.1,
  /** What is loaded with the first bot, in bytes (bench/README.md). */
  firstBot: 17 * MEGABYTE,
  /** Of fewer bots than these nobody can tell which memory is theirs, and which the host's own. */
  fewBots: 10,
  /** What a bot needs at least, of memory (measured: 0.42 MB while idle), event loop and database. */
  leastPerBot: { memory: 0.5 * MEGABYTE, eventLoop: 0.0005, database: 0.0002 },
} as const;

/**
 * How many more bots a host will bear, if those that come are like those there are: each needs what a bot needed in the
 * busiest minute of the trend. What a host does in minutes in which no message came is its own work (the admin API,
 * scrapes), not that of its bots.
 */
export function estimateCapacity(facts: CapacityFacts): CapacityReport {
  const { bots, maxBots, samples, databaseLanes } = facts;
  const memory = memoryOf(facts);
  const most = (read: (sample: CapacitySample) => number): number => Math.max(0, ...samples.map(read));
  const { leastPerBot } = CAPACITY_RULES;
  const lane = ({ database }: CapacitySample): number => database / databaseLanes;
  const room = {
    'max-concurrent-bots': Math.max(0, maxBots - bots),
    memory: whole(Math.max(0, memory.room) / memory.perBot),
    'event-loop': isLate(samples) ? 0 : roomBy(facts, ({ eventLoop }) => eventLoop, leastPerBot.eventLoop),
    database: roomBy(facts, lane, leastPerBot.database),
  };
  const more = Math.min(...Object.values(room));
  return {
    bots,
    maxBots,
    more,
    limit: CAPACITY_LIMITS.find((limit) => room[limit] === more) ?? 'memory',
    room,
    minutes: samples.length,
    memory: { used: memory.used, usable: memory.usable, perBot: memory.perBot },
    busiest: {
      processor: most(({ processor }) => processor),
      eventLoop: most(({ eventLoop }) => eventLoop),
      eventLoopDelay: most(({ eventLoopDelay }) => eventLoopDelay),
      database: most(lane),
      messages: most(({ messages }) => messages),
    },
  };
}

function memoryOf({ bots, memory, samples }: CapacityFacts): CapacityReport['memory'] & { room: number } {
  const { memory: share, firstBot, fewBots, leastPerBot } = CAPACITY_RULES;
  const all = [memory.used, ...samples.map((sample) => sample.memory)];
  const used = Math.max(...all);
  const busy = samples.filter(isBusy).map((sample) => sample.memory);
  const needed = busy.length > 0 ? Math.max(...busy) : Math.min(...all);
  const perBot = (needed - memory.before - firstBot) / Math.max(fewBots, bots);
  const usable = Math.round(memory.limit * share);
  const room = Math.min(usable - used, memory.free * share);
  return { used, usable, perBot: Math.round(Math.max(leastPerBot.memory, perBot)), room };
}

/** By the minute in which a bot needed the most; those with far fewer bots than now say little about that. */
function roomBy(
  { bots, samples }: CapacityFacts,
  read: (sample: CapacitySample) => number,
  leastPerBot: number,
): number {
  const own = samples
    .filter((sample) => !isBusy(sample))
    .map((sample) => Math.max(0, read(sample) - sample.bots * leastPerBot));
  const [leastOwn, mostOwn] = own.length === 0 ? [0, 0] : [Math.min(...own), Math.max(...own)];
  const perBot = samples
    .filter((sample) => isBusy(sample) && sample.bots * 2 >= bots)
    // A minute with less than that was one without the host's own work.
    .map((sample) => (read(sample) - (read(sample) < leastOwn ? 0 : leastOwn)) / Math.max(1, sample.bots));
  const left = CAPACITY_RULES.busy - mostOwn;
  return whole(Math.max(0, left / Math.max(leastPerBot, ...perBot) - bots));
}

function isBusy({ messages }: CapacitySample): boolean {
  return messages > 0;
}

/** Binary fractions must not take a whole bot away. */
function whole(bots: number): number {
  return Math.floor(bots + 1e-9);
}

function isLate(samples: readonly CapacitySample[]): boolean {
  const late = samples.filter(({ eventLoopDelay }) => eventLoopDelay > CAPACITY_RULES.delay);
  return late.length > samples.length / 2;
}
