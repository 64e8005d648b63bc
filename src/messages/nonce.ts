/** The number of a notice among the pieces of an answer: its nonce must be no piece's. */
export const NOTICE = 999;

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
