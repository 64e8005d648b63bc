import { randomUUID } from 'node:crypto';

/**
 * A UUID that sorts by the time it was made (RFC 9562, version 7), so that rows are appended to an index
 * instead of scattered over it.
 *
 * @param now - milliseconds since 1970
 */
export function uuidV7(now: number): string {
  const time = now.toString(16).padStart(12, '0');
  // The random bits and the variant of a version 4 stand where version 7 has them.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
