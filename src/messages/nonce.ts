import { createHash } from 'node:crypto';

/** Discord's limit, in characters. */
const MAX_LENGTH = 25;

/**
 * For how long Discord is relied upon to remember a nonce, in milliseconds. It documents "a few minutes"; past this the
 * channel is looked at before anything is posted again.
 */
export const NONCE_LIFE = 120_000;

/**
 * Whether Discord still knows what was posted under a nonce.
 *
 * @param since - when that was, in milliseconds; in the future, as where a clock was set back: nobody can rely on it
 */
export function isNonceAlive(since: number, now: number): boolean {
  return now >= since && now - since < NONCE_LIFE;
}

/**
 * The nonce of one piece of an exchange's answer: always the same, so that Discord posts it once however often it is
 * sent (`enforce_nonce`). The 16 bytes of the exchange's id and the piece's number make 25 characters, Discord's limit.
 *
 * @param exchangeId - a UUID
 * @param piece - from 0 to 999
 */
export function nonceOf(exchangeId: string, piece: number): string {
  return (
    Buffer.from(exchangeId.replaceAll('-', ''), 'hex').toString('base64url') +
    piece.toString().padStart(3, '0')
  );
}

/** The nonce of the one notice that an agent gives about a message which it does not answer, whoever posts it. */
export function refusalNonce(agentId: string, messageId: string): string {
  return createHash('sha256').update(`${agentId} ${messageId}`).digest('base64url').slice(0, MAX_LENGTH);
}
