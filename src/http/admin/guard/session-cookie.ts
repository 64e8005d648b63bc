import type { FastifyReply, FastifyRequest } from 'fastify';

/** Over https a browser takes it from this very host alone, for all of it and nothing else. */
export const SECURE_NAME = '__Host-troupe_session';
/** Over http. */
export const PLAIN_NAME = 'troupe_session';

/** The token of the session that a browser shows; undefined when it shows none. */
export function sessionTokenOf({ cookies, caller }: FastifyRequest): string | undefined {
  return cookies[caller.isSecure ? SECURE_NAME : PLAIN_NAME];
}

/** Has the browser keep a session: no script sees it, and no page of another site sends it. */
export function setSessionCookie(
  { caller: { isSecure } }: FastifyRequest,
  reply: FastifyReply,
  token: string,
  expires: Date,
): void {
  reply.setCookie(isSecure ? SECURE_NAME : PLAIN_NAME, token, { ...attributes(isSecure), expires });
}

/** Has the browser forget it. */
export function clearSessionCookie({ caller: { isSecure } }: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(isSecure ? SECURE_NAME : PLAIN_NAME, attributes(isSecure));
}

function attributes(secure: boolean) {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure } as const;
}
