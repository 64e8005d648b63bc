/** Thrown when something was done to the stand-in that real Discord punishes, or that a reader would call a bug. */
export class ViolationError extends Error {
  override readonly name = 'ViolationError';
  readonly violations: readonly string[];

  constructor(violations: readonly string[]) {
    super(`The stand-in Discord saw ${violations.length} violation(s):\n- ${violations.join('\n- ')}`);
    this.violations = violations;
  }
}

/** How many are kept; a run that breaks one rule ten thousand times is understood after a hundred. */
const LIMIT = 200;

/** What was done wrong, as sentences that a person can act on. */
export class Violations {
  #list: string[] = [];
  readonly #added: (sentence: string) => void;

  /** @param added told of each one */
  constructor(added: (sentence: string) => void) {
    this.#added = added;
  }

  add(sentence: string): void {
    if (this.#list.length < LIMIT) this.#list.push(sentence);
    this.#added(sentence);
  }

  /** Everything so far; it stays on the list. */
  get list(): readonly string[] {
    return this.#list;
  }

  /** Everything so far, and forgets it: for a test that meant to do wrong. */
  take(): string[] {
    const taken = this.#list;
    this.#list = [];
    return taken;
  }

  /** @throws ViolationError when there is any */
  assertNone(): void {
    if (this.#list.length > 0) throw new ViolationError([...this.#list]);
  }
}
