/** Holds tasks up until it is opened, and then runs them in the order in which they came. */
export class Gate {
  #waiting: (() => void)[] | undefined;

  /** @param isOpen - whether it holds up nothing from the outset */
  constructor(isOpen: boolean) {
    this.#waiting = isOpen ? undefined : [];
  }

  /** Runs a task, at once where the gate is open. */
  pass(task: () => void): void {
    if (this.#waiting === undefined) task();
    else this.#waiting.push(task);
  }

  /** Lets everything through, now and from now on. */
  open(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const task of waiting) task();
  }

  /** Drops what waits; what comes later waits for ever. */
  shut(): void {
    this.#waiting = [];
  }
}
