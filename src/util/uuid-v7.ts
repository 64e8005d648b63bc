import { randomUUID } from 'node:crypto';

/** The 12 bits that count within one millisecond begin anywhere in their lower half. */
const MAX_COUNTER = 0xfff;
const MAX_START = 0x7ff;

let lastTime = 0;
let counter = 0;

/**
 * A UUID that sorts by the time it was made (RFC 9562, version 7), and within one millisecond by the order of the
 * calls, so that rows are appended to an index instead of scattered over it.
 *
 * @param now - milliseconds since 1970
 */
export function uuidV7(now: number): string {
  const random = randomUUID();
  const start = Number.parseInt(random.slice(15, 18), 16) & MAX_START;
  counter = now === lastTime ? Math.min(counter + 1, MAX_COUNTER) : start;
  lastTime = now;
  const time = now.toString(16).padStart(12, '0');
  // The variant and the random bits of a version 4 stand where version 7 has them.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}${random.slice(18)}`;
}

/** Where the ids of a millisecond begin, as {@link uuidV7} makes them: all ids made before are smaller. */
export function firstUuidV7At(time: Date): string {
  const hex = Math.max(0, time.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
