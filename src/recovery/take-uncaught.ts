import type { Incidents } from './incidents.ts';

/** How many uncaught errors within how many milliseconds are a storm. */
export const STORM = { errors: 50, within: 60_000 } as const;

/**
 * Takes errors that nobody took care of. One is a defect that one task ran into, and the rest goes on; a storm of them
 * means that nobody knows any more what still works.
 *
 * @param now - milliseconds, of a clock that is never set back
 */
export function takeUncaught(
  incidents: Pick<Incidents, 'report'>,
  now: () => number = () => performance.now(),
): (error: unknown) => void {
  const times: number[] = [];
  return (error) => {
    incidents.report('process', 'uncaught', { error });
    times.push(now());
    if (times.length > STORM.errors) times.shift();
    const [first = 0] = times;
    if (times.length === STORM.errors && now() - first < STORM.within) {
      incidents.report('process', 'storm', { error });
    }
  };
}
