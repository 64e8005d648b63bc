/** How many of the latest happenings an error tells of. */
const KEPT = 60;

interface Waiter {
  check(): void;
  fail(error: Error): void;
}

/**
 * Everything that happens, in one sentence each. Whoever waits for something is asked again after each of
 * them, so that nothing sleeps; and a wait in vain ends with an error that tells what happened instead.
 */
export class Happenings {
  readonly #ring: string[] = [];
  #next = 0;
  readonly #waiters = new Set<Waiter>();
  #closed = false;
  readonly #started = performance.now();

  /** Records one, and asks those who wait. */
  note(sentence: string): void {
    this.#ring[this.#next++ % KEPT] = `+${Math.round(performance.now() - this.#started)} ms  ${sentence}`;
    for (const waiter of this.#waiters) waiter.check();
  }

  /** The latest ones, oldest first. */
  get recent(): string[] {
    const at = this.#next % KEPT;
    return this.#next <= KEPT ? [...this.#ring] : [...this.#ring.slice(at), ...this.#ring.slice(0, at)];
  }

  /**
   * Resolves with the first value that is neither `undefined` nor `false`.
   *
   * @param find asked at once, and after every happening; what it throws, the promise is rejected with
   * @param what what is waited for, as it should read in the error
   */
  until<T>(find: () => T | undefined | false, what: string, timeoutMs: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        check: () => {
          try {
            const found = find();
            if (found === undefined || found === false) return;
            end();
            resolve(found);
          } catch (error) {
            waiter.fail(error instanceof Error ? error : new Error(String(error)));
          }
        },
        fail: (error) => {
          end();
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        waiter.fail(this.#inVain(`Waited ${timeoutMs} ms in vain for ${what}.`));
      }, timeoutMs);
      this.#waiters.add(waiter);
      waiter.check();
      if (this.#closed)
        waiter.fail(this.#inVain(`The stand-in Discord is stopped; nobody waits for ${what}.`));
    });
  }

  /** Ends every wait, as nothing more will happen. */
  close(): void {
    this.#closed = true;
    for (const waiter of [...this.#waiters]) {
      waiter.fail(this.#inVain('The stand-in Discord was stopped while something was waited for.'));
    }
  }

  #inVain(sentence: string): Error {
    const recent = this.recent;
    return new Error(
      recent.length === 0
        ? `${sentence} Nothing happened at all.`
        : `${sentence} What happened:\n${recent.join('\n')}`,
    );
  }
}
