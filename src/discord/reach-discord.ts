import { RequestMethod } from '@discordjs/rest';
import { TroupeError, UnavailableError } from '../errors.ts';
import { askDiscord, type AskOptions } from './ask-discord.ts';
import { withoutRequest } from './rest-failure.ts';

/** How Discord answered a question that needs no token. */
export interface DiscordReach {
  /** How long it took, in milliseconds, with everything that a first request needs. */
  readonly latency: number;
  /** How far this clock is ahead of Discord's, in milliseconds, to about a second; undefined when Discord did not tell. */
  readonly clockAhead: number | undefined;
}

/**
 * Asks Discord where its gateway is, which everybody may ask.
 *
 * @param signal - gives up; its reason is thrown
 * @throws {UnavailableError} when it does not answer, or not as Discord does
 */
export async function reachDiscord(
  { now, ...options }: AskOptions & { readonly now: () => number },
  signal: AbortSignal,
): Promise<DiscordReach> {
  try {
    return await askDiscord(options, signal, async (rest) => {
      const asked = now();
      const answer = await rest.queueRequest({
        method: RequestMethod.Get,
        fullRoute: '/gateway',
        auth: false,
        signal,
      });
      const answered = now();
      refuseOthers(await answer.text(), options.apiUrl);
      const date = Date.parse(answer.headers.get('date') ?? '');
      // The header leaves the fraction of the second out: half of one on average.
      const ahead = (asked + answered) / 2 - (date + 500);
      return { latency: answered - asked, clockAhead: Number.isNaN(date) ? undefined : ahead };
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TroupeError) throw error;
    throw new UnavailableError(`Discord cannot be reached at ${options.apiUrl}`, {
      remedy: 'Check the network, the firewall, a proxy between, and DISCORD_API_URL.',
      cause: withoutRequest(error),
    });
  }
}

/** A login page of a network, or a wrong address, answers as well. */
function refuseOthers(body: string, apiUrl: string): void {
  try {
    const { url } = JSON.parse(body) as { url?: unknown };
    if (typeof url === 'string') return;
  } catch {
    // Told below.
  }
  throw new UnavailableError(`${apiUrl} answers, but not as Discord does`, {
    remedy: 'Check DISCORD_API_URL, and that no login page of the network is in between.',
  });
}
