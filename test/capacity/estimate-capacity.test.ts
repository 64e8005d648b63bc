import { expect, it } from 'vitest';
import type { CapacityFacts, CapacitySample } from '../../src/capacity/capacity-report.ts';
import { CAPACITY_RULES, estimateCapacity } from '../../src/capacity/estimate-capacity.ts';

const MB = 1_000_000;

/** A quiet minute of fifty bots. */
const MINUTE: CapacitySample = {
  bots: 50,
  memory: 200 * MB,
  processor: 0.05,
  eventLoop: 0.04,
  eventLoopDelay: 0.01,
  database: 0.01,
  messages: 2,
};

/** Fifty bots on a machine with a gigabyte. */
const FACTS: CapacityFacts = {
  bots: 50,
  maxBots: 1_000,
  memory: { used: 200 * MB, before: 130 * MB, limit: 1_000 * MB, free: 700 * MB },
  databaseLanes: 1,
  samples: [MINUTE, MINUTE],
};

const EASY = { 'max-concurrent-bots': 950, memory: 528, 'event-loop': 700, database: 2_950 };

it.each([
  { what: 'all is well: memory is the first to end', change: {}, room: {} },
  { what: 'the setting is the limit', change: { maxBots: 60 }, room: { 'max-concurrent-bots': 10 } },
  { what: 'more bots run than are allowed now', change: { maxBots: 40 }, room: { 'max-concurrent-bots': 0 } },
  {
    what: 'others use the memory of the machine',
    change: { memory: { ...FACTS.memory, free: 100 * MB } },
    // 80 % of 100 MB, at (200 - 130 - 17) / 50 MB a bot.
    room: { memory: 75 },
  },
  {
    what: 'a container is small',
    change: { memory: { ...FACTS.memory, limit: 256 * MB } },
    room: { memory: 4 },
  },
  {
    what: 'it has used more than may be filled',
    change: { memory: { ...FACTS.memory, limit: 240 * MB } },
    room: { memory: 0 },
  },
  {
    what: 'memory was higher a while ago',
    change: { samples: [{ ...MINUTE, memory: 400 * MB }, MINUTE] },
    // 400 MB of 800, at 5.06 MB a bot.
    room: { memory: 79 },
  },
  {
    what: 'one minute was busy',
    change: { samples: [{ ...MINUTE, eventLoop: 0.5 }, MINUTE] },
    room: { 'event-loop': 10 },
  },
  {
    what: 'a minute was busy while there were far fewer bots',
    change: { samples: [{ ...MINUTE, eventLoop: 0.3, bots: 5 }, MINUTE] },
    room: {},
  },
  {
    what: 'a minute was busy while there were more bots',
    change: { samples: [{ ...MINUTE, eventLoop: 0.5, bots: 100 }, MINUTE] },
    // A hundred and twenty in all.
    room: { 'event-loop': 70 },
  },
  {
    what: 'the event loop has no time left',
    change: { samples: [{ ...MINUTE, eventLoop: 0.9 }] },
    room: { 'event-loop': 0 },
  },
  {
    what: 'the event loop is late in most minutes, busy or not',
    change: { samples: [MINUTE, { ...MINUTE, eventLoopDelay: 0.2 }, { ...MINUTE, eventLoopDelay: 0.3 }] },
    room: { 'event-loop': 0 },
  },
  {
    what: 'it was late in one minute of many',
    change: { samples: [MINUTE, MINUTE, { ...MINUTE, eventLoopDelay: 3 }] },
    room: {},
  },
  {
    what: 'the admin API has the event loop busy, and memory high, while no message comes',
    change: {
      samples: [MINUTE, { ...MINUTE, messages: 0, eventLoop: 0.325, memory: 300 * MB }],
    },
    // Of 60 % a bot needs 0.08 %, and the API 30.
    room: { 'event-loop': 325, memory: 471 },
  },
  {
    what: 'the database is busy',
    change: { samples: [{ ...MINUTE, database: 0.5 }] },
    room: { database: 10 },
  },
  {
    what: 'a server takes ten statements at a time',
    change: { samples: [{ ...MINUTE, database: 2 }], databaseLanes: 10 },
    room: { database: 100 },
  },
])('$what', ({ change, room }) => {
  const report = estimateCapacity({ ...FACTS, ...change });
  const expected = { ...EASY, ...room };
  expect({ ...report.room }).toEqual(expected);
  expect(report.more).toBe(Math.min(...Object.values(expected)));
  expect(report.room[report.limit]).toBe(report.more);
});

it('assumes what a bot needs while there is no trend, and says so', () => {
  const memory = { ...FACTS.memory, used: 130 * MB };
  const report = estimateCapacity({ ...FACTS, bots: 0, memory, samples: [] });
  expect(report).toMatchObject({ minutes: 0, memory: { perBot: CAPACITY_RULES.leastPerBot.memory } });
  expect(report.room).toEqual({
    'max-concurrent-bots': 1_000,
    memory: 1_120,
    'event-loop': 1_200,
    database: 3_000,
  });
});

it('reports the busiest minutes, of the database for each statement that it takes at a time', () => {
  const samples = [MINUTE, { ...MINUTE, processor: 1.2, database: 2, messages: 90, eventLoopDelay: 0.05 }];
  const { busiest } = estimateCapacity({ ...FACTS, samples, databaseLanes: 10 });
  expect(busiest).toEqual({
    processor: 1.2,
    eventLoop: 0.04,
    eventLoopDelay: 0.05,
    database: 0.2,
    messages: 90,
  });
});

it('does not take what the first bot loads, nor what the host does by itself, for what each bot needs', () => {
  const memory = { ...FACTS.memory, used: 160 * MB, before: 130 * MB };
  expect(estimateCapacity({ ...FACTS, bots: 1, memory, samples: [] }).memory.perBot).toBe(1.3 * MB);
  const idle = { ...MINUTE, bots: 1, messages: 0, eventLoop: 0.15, memory: 450 * MB };
  const { room } = estimateCapacity({ ...FACTS, bots: 1, memory, samples: [idle, idle] });
  expect(room['event-loop']).toBe(900);
});
