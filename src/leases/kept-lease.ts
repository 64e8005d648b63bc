import { type Lease, LeaseLostError } from './lease.ts';

/** A moment by both clocks: the one stands still while the machine sleeps, the other can be set. In milliseconds. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/** This moment. */
export function thisMoment(): Moment {
  return { monotonic: performance.now(), wall: Date.now() };
}

/** A lease that this process took. */
export class KeptLease implements Lease {
  readonly agentId: string;
  readonly fence: bigint;
  readonly #lifetime: number;
  readonly #confirm: () => Promise<void>;
  readonly #ending = new AbortController();
  #confirmed: Moment;

  /**
   * @param confirmed - when the question was asked to which the database answered that it is held
   * @param lifetime - milliseconds from then for which that is certain
   * @param confirm - asks the database anew; resolves after its answer was told here, also when there was none
   */
  constructor(
    agentId: string,
    fence: bigint,
    confirmed: Moment,
    lifetime: number,
    confirm: () => Promise<void>,
  ) {
    this.agentId = agentId;
    this.fence = fence;
    this.#confirmed = confirmed;
    this.#lifetime = lifetime;
    this.#confirm = confirm;
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  async held(): Promise<void> {
    while (!this.signal.aborted) {
      if (this.#isCertain()) return;
      await this.#confirm();
    }
    throw new LeaseLostError(this.agentId);
  }

  /** Takes note that it was held when that was asked. */
  confirm(asked: Moment): void {
    this.#confirmed = asked;
  }

  /** It is lost or released. */
  end(): void {
    this.#ending.abort();
  }

  #isCertain(): boolean {
    const now = thisMoment();
    const passed = Math.max(
      now.monotonic - this.#confirmed.monotonic,
      // A clock that was set back says nothing.
      now.wall - this.#confirmed.wall,
    );
    return passed < this.#lifetime;
  }
}
