/** Which API keys are good. */
export class Keys {
  readonly #accepted: Set<string> | undefined;
  readonly #revoked = new Set<string>();

  /** @param accepted the good ones; left out, every key is good that is not revoked */
  constructor(accepted: readonly string[] | undefined) {
    this.#accepted = accepted && new Set(accepted);
  }

  accept(key: string): void {
    this.#accepted?.add(key);
    this.#revoked.delete(key);
  }

  revoke(key: string): void {
    this.#revoked.add(key);
  }

  isGood(key: string): boolean {
    return key !== '' && !this.#revoked.has(key) && (this.#accepted?.has(key) ?? true);
  }
}
