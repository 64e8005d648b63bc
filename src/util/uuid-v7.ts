import { randomUUID } from 'node:crypto';

/** Ids that are told apart by their order within one millisecond. */
const MAX_COUNTER = 0xfff;

let lastTime = 0;
let counter = 0;

/**
 * A UUID that sorts by the time it was made (RFC 9562, version 7), and within one millisecond by the order of the
 * calls, so that rows are appended to an index instead of scattered over it.
 *
 * @param now - milliseconds since 1970
 */
export function uuidV7(now: number): string {
  counter = now === lastTime ? Math.min(counter + 1, MAX_COUNTER) : 0;
  lastTime = now;
  const time = now.toString(16).padStart(12, '0');
  // The variant and the random bits of a version 4 stand where version 7 has them.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}${randomUUID().slice(18)}`;
}
