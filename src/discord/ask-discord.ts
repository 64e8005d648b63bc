import { RateLimitError, REST } from '@discordjs/rest';
import { UnavailableError } from '../errors.ts';

/** How Discord is asked beside a running host. */
export interface AskOptions {
  /** `https://discord.com/api`, or any server that speaks Discord's API. */
  readonly apiUrl: string;
  /** How long Discord may take for one answer, in milliseconds. Default: 15,000. */
  readonly timeout?: number | undefined;
}

const TIMEOUT = 15_000;

/**
 * Asks Discord over REST without an account that lives on: no retries, and no wait that is longer than the time-out.
 *
 * @param signal - gives up; its reason is thrown
 * @throws what `ask` throws; {@link UnavailableError} for a rate limit that lasts
 */
export async function askDiscord<Answer>(
  { apiUrl, timeout = TIMEOUT }: AskOptions,
  signal: AbortSignal,
  ask: (rest: REST) => Promise<Answer>,
): Promise<Answer> {
  signal.throwIfAborted();
  const rest = new REST({
    api: apiUrl,
    retries: 0,
    timeout,
    rejectOnRateLimit: ({ timeToReset }) => timeToReset > timeout,
  });
  const answered = new AbortController();
  try {
    // The library heeds the signal while it asks, but not while it waits for a rate limit to pass.
    return await Promise.race([ask(rest), rejection(signal, answered.signal)]);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RateLimitError)) throw error;
    throw new UnavailableError(`Discord asks to wait ${Math.ceil(error.timeToReset / 1_000)} s`);
  } finally {
    answered.abort();
    rest.clearHashSweeper();
    rest.clearHandlerSweeper();
  }
}

function rejection(signal: AbortSignal, unlessFirst: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', giveUp, { once: true, signal: unlessFirst });
  });
}
