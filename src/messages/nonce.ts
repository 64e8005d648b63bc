import { createHash } from 'node:crypto';

/** Discord's limit for a nonce, in characters. */
const NONCE_LENGTH = 25;

/**
 * The nonce of one piece of an exchange's answer: always the same, so that Discord posts it once however often it is
 * sent (`enforce_nonce`).
 *
 * @param piece - from 0
 */
export function nonceOf(exchangeId: string, piece: number): string {
  return createHash('sha256').update(`${exchangeId}/${piece}`).digest('base64url').slice(0, NONCE_LENGTH);
}
