import { Readable } from 'node:stream';

/** Bytes that are handed on before the reader asks for them. */
const AHEAD = 16_384;

/**
 * A stream of text at its reader's pace. What it begins with may be long: it is made as it is read. What is added waits, and
 * whoever adds it looks at how much does.
 */
export class PacedText extends Readable {
  readonly #beginning: Iterator<string>;
  readonly #added: Buffer[] = [];
  #waiting = 0;
  #isFinished = false;
  #isWanted = false;

  constructor(beginning: Iterable<string>) {
    super({ highWaterMark: AHEAD });
    this.#beginning = beginning[Symbol.iterator]();
  }

  /** Bytes that were added, and that nobody has asked for yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether its last words are said. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Adds to it; nothing once it is finished. */
  add(text: string): void {
    if (this.#isFinished) return;
    const bytes = Buffer.from(text);
    this.#added.push(bytes);
    this.#waiting += bytes.length;
    this.#flow();
  }

  /** Adds the last that there is. Once: what comes later is left out. */
  finish(text: string): void {
    this.add(text);
    this.#isFinished = true;
    this.#flow();
  }

  override _read(): void {
    this.#isWanted = true;
    this.#flow();
  }

  #flow(): void {
    while (this.#isWanted && !this.destroyed) {
      const next = this.#next();
      if (next === undefined && !this.#isFinished) return;
      this.#isWanted = this.push(next ?? null);
    }
  }

  #next(): string | Buffer | undefined {
    const first = this.#beginning.next();
    if (first.done !== true) return first.value;
    const next = this.#added.shift();
    this.#waiting -= next?.length ?? 0;
    return next;
  }
}
