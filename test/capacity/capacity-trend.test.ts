import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type CapacityReading, CapacityTrend } from '../../src/capacity/capacity-trend.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const READING: CapacityReading = {
  bots: 2,
  memory: 1_000,
  eventLoop: 0.1,
  eventLoopDelay: 0.01,
  processorSeconds: 10,
  databaseSeconds: 5,
  messages: 100,
};

it('turns what grew in a minute into shares and rates', () => {
  let reading = READING;
  const trend = new CapacityTrend({ now: () => Date.now(), read: () => reading });
  trend.start();
  expect(trend.samples).toEqual([]);
  reading = { ...READING, memory: 2_000, processorSeconds: 40, databaseSeconds: 11, messages: 220 };
  vi.advanceTimersByTime(60_000);
  expect(trend.samples).toEqual([
    {
      bots: 2,
      memory: 2_000,
      eventLoop: 0.1,
      eventLoopDelay: 0.01,
      processor: 0.5,
      database: 0.1,
      messages: 2,
    },
  ]);
  trend.stop();
});

it('keeps the last hour, and no more', () => {
  let bots = 0;
  const trend = new CapacityTrend({ now: () => Date.now(), read: () => ({ ...READING, bots: bots++ }) });
  trend.start();
  vi.advanceTimersByTime(100 * 60_000);
  expect(trend.samples.map((sample) => sample.bots)).toEqual(Array.from({ length: 60 }, (_, n) => 41 + n));
  trend.stop();
  vi.advanceTimersByTime(60_000);
  expect(trend.samples.at(-1)?.bots).toBe(100);
});
