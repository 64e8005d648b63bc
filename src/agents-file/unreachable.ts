import { InputError, type TroupeError, UnavailableError } from '../errors.ts';

/** Codes of Node and undici for a connection that could not be made, or broke. */
const NO_CONNECTION = /^(?:ECONN\w+|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|EADDR\w+|UND_ERR_\w+)$/;

/** Codes for a TLS connection that either side did not want. */
const TLS = /CERT|TLS|SSL|SIGNATURE|EPROTO/;

/**
 * What an operator is told of a request that brought no answer. Holds no more than a code of what was thrown: its
 * words may quote an address or a key.
 *
 * @param shown - what was asked for, without secrets
 */
export function unreachable(shown: string, error: unknown): TroupeError {
  const codes = codesOf(error);
  const fail = (words: string, remedy = ''): UnavailableError =>
    new UnavailableError(`${shown} cannot be read: ${words}`, { remedy });
  const code = codes.find((each) => /^[A-Z][A-Z\d_]{2,59}$/.test(each)) ?? '';
  if (codes.includes('TimeoutError')) return fail('it took too long');
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return fail(`its host is not known (${code})`);
  if (TLS.test(code)) {
    return fail(
      `its TLS connection failed (${code})`,
      'For a certificate authority of your own, set NODE_EXTRA_CA_CERTS to the file with its certificate.',
    );
  }
  if (NO_CONNECTION.test(code)) return fail(`it cannot be reached (${code})`);
  return fail(code === '' ? 'the request failed' : `the request failed (${code})`);
}

/** What an operator is told of an answer that is none. */
export function refusedWith(shown: string, status: number): TroupeError {
  const words = `${shown} cannot be read: `;
  if (status === 404 || status === 410) return new InputError(`${words}there is nothing there (${status})`);
  if (status === 401 || status === 403) return new InputError(`${words}access is denied (${status})`);
  const answered = `${words}the server answered ${status}`;
  return status === 429 || status >= 500 ? new UnavailableError(answered) : new InputError(answered);
}

/** The names and codes of an error and its causes, innermost first. */
function codesOf(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 8) return [];
  const inner = error instanceof AggregateError ? (error.errors as unknown[]) : [error.cause];
  const { code } = error as { code?: unknown };
  return [
    ...inner.flatMap((each) => codesOf(each, depth + 1)),
    ...(typeof code === 'string' ? [code] : []),
    error.name,
  ];
}
