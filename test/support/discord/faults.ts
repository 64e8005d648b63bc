import type { Bot } from './bot.ts';

/** Which requests a fault meets; what is left out matches everything. */
export interface FaultMatch {
  bot?: Bot;
  method?: string;
  /** Tried on the path below `/api/v10`, such as `/channels/1/messages`. */
  route?: RegExp;
  /** After so many hits the fault is over; it stays until lifted when left out. */
  times?: number;
}

/** What a fault does to a request. */
export type FaultEffect =
  | { type: 'fail'; status: number; processed: boolean }
  | { type: 'drop'; processed: boolean }
  | { type: 'slow'; ms: number; then: 'answer' | 'drop'; processed: boolean }
  | { type: 'rate-limit'; retryAfterMs: number; scope: 'user' | 'global' | 'shared' };

/** A fault in force. */
export class Fault {
  /** How many requests it met. */
  hits = 0;
  readonly effect: FaultEffect;
  readonly #match: FaultMatch;
  readonly #held = new Set<() => void>();
  #lifted = false;

  constructor(match: FaultMatch, effect: FaultEffect) {
    this.#match = match;
    this.effect = effect;
  }

  get over(): boolean {
    return this.#lifted || this.hits >= (this.#match.times ?? Infinity);
  }

  /** Ends it; requests that it holds go on at once. */
  lift(): void {
    this.#lifted = true;
    for (const release of [...this.#held]) release();
  }

  matches(method: string, path: string, bot: Bot | undefined): boolean {
    const { method: wanted, route, bot: only } = this.#match;
    return (
      !this.over &&
      (wanted === undefined || wanted.toUpperCase() === method) &&
      (only === undefined || only === bot) &&
      (route === undefined || route.test(path))
    );
  }

  /** Waits so long, or until it is lifted. `Infinity` waits for that only. */
  async hold(ms: number): Promise<void> {
    if (this.#lifted) return;
    await new Promise<void>((resolve) => {
      const release = (): void => {
        clearTimeout(timer);
        this.#held.delete(release);
        resolve();
      };
      const timer = Number.isFinite(ms) ? setTimeout(release, ms) : undefined;
      this.#held.add(release);
    });
  }
}

/** The faults in force, oldest first; the first that matches a request meets it. */
export class Faults {
  readonly #faults = new Set<Fault>();

  add(match: FaultMatch, effect: FaultEffect): Fault {
    const fault = new Fault(match, effect);
    this.#faults.add(fault);
    return fault;
  }

  /** Counts the request in when a fault meets it. */
  meet(method: string, path: string, bot: Bot | undefined): Fault | undefined {
    for (const fault of this.#faults) {
      if (!fault.matches(method, path, bot)) continue;
      fault.hits++;
      return fault;
    }
    return undefined;
  }

  liftAll(): void {
    for (const fault of this.#faults) fault.lift();
    this.#faults.clear();
  }
}
