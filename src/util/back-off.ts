/** How long to wait between tries, in milliseconds. */
export interface BackOff {
  readonly base: number;
  readonly cap: number;
}

/**
 * The wait before the next try: anything between nothing and a bound that doubles with every failure ("full
 * jitter"), so that many who failed together do not come back together.
 *
 * @param failures - how many tries have failed, from 1
 * @param random - from 0 to 1
 */
export function backOff({ base, cap }: BackOff, failures: number, random: number): number {
  return Math.round(random * Math.min(cap, base * 2 ** Math.min(failures - 1, 30)));
}
