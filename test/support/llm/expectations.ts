import type { ApiName, RecordedRequest } from './recorded-request.ts';

/** Which requests something is meant for; what is left out matches everything. */
export interface RequestMatch {
  api?: ApiName;
  model?: string | RegExp;
  key?: string;
  /** Whether the answer is to be streamed. */
  stream?: boolean;
  when?: (request: RecordedRequest) => boolean;
  /** After so many hits it is over; left out, it stays until lifted. */
  times?: number;
}

/** Something that is to happen to matching requests: a fault, or a reply. */
export class Expectation<T> {
  /** How many requests it met. */
  hits = 0;
  readonly what: T;
  /** Wakes whoever waits for it to be lifted. */
  readonly held = new Set<() => void>();
  readonly #match: RequestMatch;
  #lifted = false;

  constructor(match: RequestMatch, what: T) {
    this.#match = match;
    this.what = what;
  }

  /** Whether it is over after some hits by itself. */
  get counted(): boolean {
    return this.#match.times !== undefined;
  }

  get lifted(): boolean {
    return this.#lifted;
  }

  /** How many requests it holds back now. */
  get holding(): number {
    return this.held.size;
  }

  get over(): boolean {
    return this.#lifted || this.hits >= (this.#match.times ?? Infinity);
  }

  /** Ends it; requests that it holds go on at once. */
  lift(): void {
    this.#lifted = true;
    for (const wake of [...this.held]) wake();
  }

  matches(request: RecordedRequest): boolean {
    const { api, model, key, stream, when } = this.#match;
    return (
      !this.over &&
      (api === undefined || api === request.api) &&
      (model === undefined ||
        (typeof model === 'string' ? model === request.model : model.test(request.model))) &&
      (key === undefined || key === request.key) &&
      (stream === undefined || stream === request.stream) &&
      (when === undefined || when(request))
    );
  }
}

/**
 * What is to happen, in order: the counted ones first, oldest first, as a queue; then the standing ones, newest
 * first, so that a later word replaces an earlier one.
 */
export class Expectations<T> {
  #queue: Expectation<T>[] = [];
  #standing: Expectation<T>[] = [];

  add(match: RequestMatch, what: T): Expectation<T> {
    const expectation = new Expectation(match, what);
    if (expectation.counted) this.#queue.push(expectation);
    else this.#standing.unshift(expectation);
    return expectation;
  }

  /** The one that a request meets; it is counted as a hit. */
  meet(request: RecordedRequest): Expectation<T> | undefined {
    const all = [...this.#queue, ...this.#standing];
    const met = all.find((expectation) => expectation.matches(request));
    if (!met) return undefined;
    met.hits++;
    if (met.over) this.#queue = this.#queue.filter((expectation) => expectation !== met);
    return met;
  }

  liftAll(): void {
    for (const expectation of [...this.#queue, ...this.#standing]) expectation.lift();
    this.#queue = [];
    this.#standing = [];
  }
}
