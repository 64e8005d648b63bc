/**
 * A list that keeps its newest entries. It is trimmed in large steps, so that an entry costs the same however
 * long the run is; between two steps it may hold up to twice its limit.
 */
export class BoundedLog<T> {
  readonly entries: T[] = [];
  readonly #limit: number;
  readonly #dropped: ((entry: T) => void) | undefined;

  /** @param dropped told of each entry that is let go */
  constructor(limit: number, dropped?: (entry: T) => void) {
    this.#limit = limit;
    this.#dropped = dropped;
  }

  push(entry: T): void {
    this.entries.push(entry);
    if (this.entries.length <= this.#limit * 2) return;
    const old = this.entries.splice(0, this.entries.length - this.#limit);
    if (this.#dropped) old.forEach(this.#dropped);
  }
}
