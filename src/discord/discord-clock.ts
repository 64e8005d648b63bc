/** Discord's own time, as its answers tell it; ours until there is one. */
export class DiscordClock {
  readonly #now: () => number;
  #ahead: number | undefined;

  /** @param now - milliseconds since 1970 by this machine's clock, which may be wrong */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes in the `Date` header of an answer that came just now; it tells whole seconds. */
  learn(date: string | null): void {
    const told = Date.parse(date ?? '');
    if (!Number.isNaN(told)) this.#ahead = told - this.#now();
  }

  /** Whether it is known, to a second or so. */
  get known(): boolean {
    return this.#ahead !== undefined;
  }

  /** Milliseconds since 1970, late by a second or so rather than early. */
  now(): number {
    return this.#now() + (this.#ahead ?? 0);
  }
}
