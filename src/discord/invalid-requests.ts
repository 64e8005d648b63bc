import type { REST } from '@discordjs/rest';
import { UnavailableError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';

/** How the program makes its requests, as @discordjs/rest wants it. */
type MakeRequest = REST['options']['makeRequest'];

/** The period that Discord counts in, in milliseconds. */
const PERIOD = 10 * 60 * 1000;

/** Discord bans the address of a host after 10,000; ours stops half-way. */
const MAX_INVALID = 5_000;

/** Settings of the guard. */
export interface InvalidRequestGuardOptions {
  readonly logger: Logger;
  readonly now: () => number;
  /** Invalid requests in ten minutes at which everything pauses. */
  readonly most?: number;
}

/**
 * Counts the invalid requests (401, 403, and 429 that are not `shared`) of all bots in one place, because Discord
 * counts them by address: at {@link MAX_INVALID} in ten minutes every request fails at once until the period is over.
 *
 * @see https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
 */
export class InvalidRequestGuard {
  readonly #options: Required<InvalidRequestGuardOptions>;
  #periodEnds = 0;
  #count = 0;

  constructor(options: InvalidRequestGuardOptions) {
    this.#options = { most: MAX_INVALID, ...options };
  }

  /** Invalid requests in the present period. */
  get count(): number {
    return this.#options.now() < this.#periodEnds ? this.#count : 0;
  }

  /** Invalid requests in a period at which everything pauses. */
  get most(): number {
    return this.#options.most;
  }

  /** The same way to make requests, counted and guarded. */
  wrap(makeRequest: MakeRequest): MakeRequest {
    return async (url, init) => {
      if (this.count >= this.#options.most) {
        throw new UnavailableError(
          `requests to Discord are paused until ${new Date(this.#periodEnds).toISOString()}: ${this.#count} were invalid`,
        );
      }
      const response = await makeRequest(url, init);
      if (isInvalid(response)) this.#add();
      return response;
    };
  }

  #add(): void {
    const now = this.#options.now();
    if (now >= this.#periodEnds) {
      this.#periodEnds = now + PERIOD;
      this.#count = 0;
    }
    this.#count += 1;
    if (this.#count === this.#options.most) {
      this.#options.logger.error(
        'too many invalid requests to Discord: all requests pause, or it would ban this host',
        {
          until: new Date(this.#periodEnds).toISOString(),
        },
      );
    }
  }
}

function isInvalid({ status, headers }: Awaited<ReturnType<MakeRequest>>): boolean {
  return (
    status === 401 || status === 403 || (status === 429 && headers.get('x-ratelimit-scope') !== 'shared')
  );
}
