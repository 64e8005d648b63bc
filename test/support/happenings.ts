/** How many of the latest happenings an error tells of. */
const KEPT = 60;

interface Wait {
  check(): void;
  fail(error: Error): void;
}

/**
 * What goes on at a stand-in, in one sentence each. Whoever waits for something is asked again after each of them, so
 * that nothing sleeps; and a wait in vain ends with an error that tells what happened instead.
 */
export class Happenings {
  #latest: string[] = [];
  readonly #waits = new Set<Wait>();
  readonly #started = performance.now();
  #closed = false;
  readonly #who: string;

  /** @param who - `stand-in Discord`, for the errors */
  constructor(who: string) {
    this.#who = who;
  }

  /** The latest ones, oldest first. */
  get recent(): readonly string[] {
    return this.#latest.slice(-KEPT);
  }

  /** Records one, and asks those who wait. */
  note(sentence: string): void {
    this.#latest.push(`+${Math.round(performance.now() - this.#started)} ms  ${sentence}`);
    if (this.#latest.length > KEPT * 2) this.#latest = this.#latest.slice(-KEPT);
    this.nudge();
  }

  /** Asks those who wait, for something that is worth no sentence. */
  nudge(): void {
    for (const wait of this.#waits) wait.check();
  }

  /**
   * Resolves with the first value of `find` that is neither `undefined` nor `false`. It is asked at once, and after
   * every happening; what it throws, the promise is rejected with.
   *
   * @param what - what is waited for, as it should read in the error
   */
  until<T>(find: () => T | undefined | false, what: string, timeoutMs: number): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const wait: Wait = {
      check: () => {
        try {
          const found = find();
          if (found === undefined || found === false) return;
          end();
          resolve(found);
        } catch (error) {
          wait.fail(error instanceof Error ? error : new Error(String(error)));
        }
      },
      fail: (error) => {
        end();
        reject(error);
      },
    };
    const timer = setTimeout(() => {
      wait.fail(this.#inVain(`Waited ${timeoutMs} ms in vain for ${what}.`));
    }, timeoutMs);
    const end = (): void => {
      clearTimeout(timer);
      this.#waits.delete(wait);
    };
    this.#waits.add(wait);
    wait.check();
    if (this.#closed) wait.fail(this.#inVain(`The ${this.#who} is stopped; nobody waits for ${what}.`));
    return promise;
  }

  /** Ends every wait, as nothing more will happen. */
  close(): void {
    this.#closed = true;
    for (const wait of [...this.#waits]) {
      wait.fail(this.#inVain(`The ${this.#who} was stopped while something was waited for.`));
    }
  }

  #inVain(sentence: string): Error {
    const { recent } = this;
    if (recent.length === 0) return new Error(`${sentence} Nothing happened at all.`);
    return new Error(`${sentence} What happened:\n${recent.join('\n')}`);
  }
}
