/**
 * What browsers are told with every answer: nothing from elsewhere, nothing inline, in nobody's frame, no address handed
 * on, no guessing of types. See OWASP, "HTTP Security Response Headers".
 */
const ALWAYS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cache-control': 'no-store',
} as const;

/** A year. Over http browsers ignore it, and it would be wrong. */
const ONLY_HTTPS = { 'strict-transport-security': 'max-age=31536000' } as const;

/** The headers of every answer of the admin app. */
export function securityHeaders(isSecure: boolean): Readonly<Record<string, string>> {
  return isSecure ? { ...ALWAYS, ...ONLY_HTTPS } : ALWAYS;
}
