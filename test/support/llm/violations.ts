/** Thrown when the stand-in LLM was asked something that no real one would understand. */
export class LlmViolationError extends Error {
  override readonly name = 'LlmViolationError';
  readonly violations: readonly string[];

  constructor(violations: readonly string[]) {
    super(`The stand-in LLM saw ${violations.length} violation(s):\n- ${violations.join('\n- ')}`);
    this.violations = violations;
  }
}

/** How many are kept. */
const LIMIT = 200;

/** What was done wrong, as sentences that a person can act on. */
export class Violations {
  #list: string[] = [];

  get list(): readonly string[] {
    return this.#list;
  }

  add(sentence: string): void {
    if (this.#list.length < LIMIT) this.#list.push(sentence);
  }

  /** Everything so far, and forgets it: for a test that meant to do wrong. */
  take(): string[] {
    const taken = this.#list;
    this.#list = [];
    return taken;
  }

  /** @throws LlmViolationError when there is any */
  assertNone(): void {
    if (this.#list.length > 0) throw new LlmViolationError([...this.#list]);
  }
}
