import type { RefusalReason } from './decide.ts';

/** Notices that are kept in mind; beyond that the oldest may be given once more. */
const MAX_REMEMBERED = 10_000;

/** Says now and then to a user why there is no answer. */
export class RefusalNotices {
  readonly #interval: number;
  /** When each was given last, oldest first. */
  readonly #given = new Map<string, number>();

  /** @param interval - milliseconds before the same user of the same agent is told the same again */
  constructor(interval: number) {
    this.#interval = interval;
  }

  /**
   * What to tell a user now.
   *
   * @param user - one user of one agent
   * @param now - milliseconds
   * @param retryAt - when a user who wrote too often is answered again, in milliseconds
   * @returns undefined when it was said a while ago, or is not to be said at all
   */
  next(user: string, reason: RefusalReason, now: number, retryAt: number): string | undefined {
    const words = wordsFor(reason, retryAt);
    if (words === undefined) return undefined;
    const key = `${user} ${reason}`;
    this.#forget(now);
    if (this.#given.has(key)) return undefined;
    this.#given.set(key, now);
    return words;
  }

  #forget(now: number): void {
    for (const [key, given] of this.#given) {
      if (given > now - this.#interval && this.#given.size < MAX_REMEMBERED) return;
      this.#given.delete(key);
    }
  }
}

/** Undefined for a refusal that stays silent: it is about the place, not the user. */
function wordsFor(reason: RefusalReason, retryAt: number): string | undefined {
  switch (reason) {
    case 'user-blocked':
      return 'Sorry, I do not answer you.';
    case 'user-not-allowed':
      return 'Sorry, I answer only certain people here, and you are not among them.';
    case 'rate-limited':
      return `That was too many messages in a minute. I answer you again <t:${Math.ceil(retryAt / 1_000)}:R>.`;
    case 'paused':
      return 'I am paused at the moment and answer nobody. Please write again later.';
    case 'too-many-waiting':
      return 'Too many of your messages are waiting for an answer. Please write again when I have answered them.';
    case 'overloaded':
      return 'I cannot take in anything more right now. Please write again in a few minutes.';
    default:
      return undefined;
  }
}
