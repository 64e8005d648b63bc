import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** How busy the event loop was. Delays are seconds. */
export interface EventLoopReading {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  /** The share of the time in which it did not wait, from 0 to 1. */
  readonly utilization: number;
}

/** How often the delay is measured, in milliseconds: often enough for what a user would notice, and no work. */
const RESOLUTION = 20;

/** Measures how late the event loop is. */
export class EventLoopMonitor {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  #since: EventLoopUtilization = performance.eventLoopUtilization();

  /** Begins. */
  start(): void {
    this.#delay.enable();
  }

  /** How it was since the last {@link take}. */
  peek(): EventLoopReading {
    const delay = (percentile: number): number => secondsLate(this.#delay.percentile(percentile));
    const { utilization } = performance.eventLoopUtilization(this.#since);
    const hasAny = this.#delay.count > 0;
    const max = hasAny ? secondsLate(this.#delay.max) : 0;
    return { p50: delay(50), p90: delay(90), p99: delay(99), max, utilization };
  }

  /** The same, and begins anew. */
  take(): EventLoopReading {
    const reading = this.peek();
    this.#delay.reset();
    this.#since = performance.eventLoopUtilization();
    return reading;
  }

  /** Ends. */
  stop(): void {
    this.#delay.disable();
  }
}

/** What is measured is the time between two looks, in nanoseconds: the interval itself is no delay. */
function secondsLate(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - RESOLUTION / 1_000);
}
