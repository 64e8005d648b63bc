import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** What each kind of token begins with: whoever finds one knows what it is, and so do those who look for leaks. */
const PREFIXES = { session: 'troupe_session_', 'api-token': 'troupe_pat_' } as const;

/** What a token is good for. */
export type TokenKind = keyof typeof PREFIXES;

const TOKEN_BYTES = 32;

/** A new token. */
export function makeToken(kind: TokenKind): string {
  return PREFIXES[kind] + randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Whether a text has the form of such a token. */
export function isToken(kind: TokenKind, text: string): boolean {
  return text.startsWith(PREFIXES[kind]) && /^[\w-]{43}$/.test(text.slice(PREFIXES[kind].length));
}

/** What is kept of a token. It is random, so that guessing is hopeless and no slow hash is needed. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

/** What a page has to say besides the cookie: it follows from the session's token, and nothing follows from it. */
export function csrfTokenOf(sessionToken: string): string {
  return createHmac('sha256', sessionToken).update('troupe csrf').digest('base64url');
}

/** Compares in constant time. */
export function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text, 'utf8').digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}
