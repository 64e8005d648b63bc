import { compareSnowflakes, laterSnowflake, previousSnowflake } from './snowflakes.ts';

/** Knows up to which message everything that Discord sent was taken in. */
export class SeenMessages {
  readonly #open = new Set<string>();
  #mark: string | undefined;
  #highest: string | undefined;
  #held = false;

  /** @param mark - everything up to here was taken in before; undefined: nothing is known */
  constructor(mark: string | undefined) {
    this.#mark = mark;
  }

  /** A message came. */
  begin(id: string): void {
    this.#open.add(id);
    this.reach(id);
  }

  /** A message was taken in. One that is not stays open, and the mark stays below it. */
  done(id: string): void {
    this.#open.delete(id);
  }

  /** Whether a message came and was not taken in yet. */
  isOpen(id: string): boolean {
    return this.#open.has(id);
  }

  /** Up to here nothing is missing besides what is open. */
  reach(id: string): void {
    this.#highest = this.#highest === undefined ? id : laterSnowflake(this.#highest, id);
  }

  /** Something earlier may be missing: the mark stays where it is until {@link release}. */
  hold(): void {
    this.#held = true;
  }

  /** Nothing earlier is missing any more. */
  release(): void {
    this.#held = false;
  }

  /** Everything up to this message was taken in; it never goes back. Undefined: nothing is known. */
  get mark(): string | undefined {
    if (!this.#held) this.#advance();
    return this.#mark;
  }

  #advance(): void {
    if (this.#highest === undefined) return;
    let lowest: string | undefined;
    for (const id of this.#open) {
      if (lowest === undefined || compareSnowflakes(id, lowest) < 0) lowest = id;
    }
    const reached = lowest === undefined ? this.#highest : previousSnowflake(lowest);
    this.#mark = this.#mark === undefined ? reached : laterSnowflake(this.#mark, reached);
  }
}
