import { createRing } from '../util/ring.ts';
import type { CapacitySample } from './capacity-report.ts';

/** What is read of a host each minute. Sums grow; the trend takes the difference. */
export interface CapacityReading extends Pick<
  CapacitySample,
  'bots' | 'memory' | 'eventLoop' | 'eventLoopDelay'
> {
  /** Processor time so far, in seconds. */
  readonly processorSeconds: number;
  /** Time of statements so far, in seconds. */
  readonly databaseSeconds: number;
  /** Messages so far. */
  readonly messages: number;
}

/** What a trend works with. */
export interface CapacityTrendTools {
  readonly read: () => CapacityReading;
  /** Milliseconds, from whenever. */
  readonly now: () => number;
  /** Between two samples, in milliseconds. Default: a minute. */
  readonly interval?: number;
  /** How many samples are kept. Default: those of an hour. */
  readonly keep?: number;
}

/** How a host did in each of the last sixty minutes. */
export class CapacityTrend {
  readonly #tools: CapacityTrendTools;
  readonly #interval: number;
  readonly #ring;
  #before: { readonly at: number; readonly reading: CapacityReading } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(tools: CapacityTrendTools) {
    this.#tools = tools;
    this.#interval = tools.interval ?? 60_000;
    this.#ring = createRing<CapacitySample>(tools.keep ?? 60);
  }

  /** The last samples, oldest first. */
  get samples(): readonly CapacitySample[] {
    return this.#ring.items();
  }

  /** Begins: the first sample is there after one interval. */
  start(): void {
    this.#before = { at: this.#tools.now(), reading: this.#tools.read() };
    this.#timer = setInterval(() => {
      this.#sample();
    }, this.#interval);
    this.#timer.unref();
  }

  /** Takes no more samples. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    const at = this.#tools.now();
    const reading = this.#tools.read();
    const before = this.#before;
    this.#before = { at, reading };
    const seconds = (at - (before?.at ?? at)) / 1_000;
    if (before === undefined || seconds <= 0) return;
    const { processorSeconds, databaseSeconds, messages, ...present } = reading;
    this.#ring.push({
      ...present,
      processor: (processorSeconds - before.reading.processorSeconds) / seconds,
      database: (databaseSeconds - before.reading.databaseSeconds) / seconds,
      messages: (messages - before.reading.messages) / seconds,
    });
  }
}
