import { reachDiscord } from '../../discord/reach-discord.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

/** How far a clock may be off, in milliseconds: from here on a warning, from there on wrong. */
const CLOCK_OFF = 5_000;
const CLOCK_WRONG = 30_000;

/**
 * Whether Discord answers, how fast, and whether this machine's clock agrees with its own.
 *
 * @throws {UnavailableError} when Discord does not answer, or not as Discord does
 */
export async function checkDiscord(
  options: { readonly apiUrl: string; readonly now: () => number },
  signal: AbortSignal,
): Promise<Finding[]> {
  const { latency, clockAhead } = await reachDiscord(options, signal);
  const reached = ok('Discord', `${options.apiUrl} answered in ${Math.round(latency)} ms`);
  return clockAhead === undefined ? [reached] : [reached, checkClock(clockAhead)];
}

function checkClock(ahead: number): Finding {
  const off = Math.abs(ahead);
  if (off <= CLOCK_OFF) return ok('clock', 'agrees with that of Discord');
  const message = `${Math.round(off / 1_000)} s ${ahead > 0 ? 'ahead of' : 'behind'} that of Discord`;
  const remedy = 'Have this machine set its clock by the network (NTP).';
  return off <= CLOCK_WRONG ? warning('clock', message, remedy) : wrong('clock', message, remedy);
}
