import type { AreaLevels, LogArea } from './log-areas.ts';
import type { LogLevel } from './logger.ts';

/** How much each level matters: a line is written when its rank is not above that of its area's level. */
export const RANKS = { error: 0, warn: 1, info: 2, debug: 3 } as const satisfies Record<LogLevel, number>;

/** The least important rank of an area that is written. Changes in place, so that a line costs one comparison. */
export interface Threshold {
  rank: number;
}

/** What is written of each area, at the moment. */
export class LogThresholds {
  #level: LogLevel;
  #areas: AreaLevels;
  readonly #used = new Map<LogArea, Threshold>();

  constructor(level: LogLevel, areas: AreaLevels = {}) {
    this.#level = level;
    this.#areas = areas;
  }

  /** The threshold of an area, for whoever holds on to it. */
  of(area: LogArea): Threshold {
    let threshold = this.#used.get(area);
    if (threshold === undefined) {
      threshold = { rank: this.#rankOf(area) };
      this.#used.set(area, threshold);
    }
    return threshold;
  }

  /** From now on; areas without a level of their own follow the general one. */
  set(level: LogLevel, areas: AreaLevels): void {
    this.#level = level;
    this.#areas = areas;
    for (const [area, threshold] of this.#used) threshold.rank = this.#rankOf(area);
  }

  #rankOf(area: LogArea): number {
    return RANKS[this.#areas[area] ?? this.#level];
  }
}
