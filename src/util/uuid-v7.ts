import { randomBytes } from 'node:crypto';

/**
 * A UUID that sorts by the time it was made (RFC 9562, version 7), so that rows are appended to an index
 * instead of scattered over it.
 *
 * @param now - milliseconds since 1970
 */
export function uuidV7(now: number): string {
  const random = randomBytes(10).toString('hex');
  const time = now.toString(16).padStart(12, '0');
  const variant = ((Number.parseInt(random.charAt(3), 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`;
}
