import { TroupeError } from '../errors.ts';

/** The most characters of an error that go into a span; the log has all of it. */
const MAX_LENGTH = 500;

/**
 * An error and its causes for a span, outermost first: the messages of our own errors, which are made not to hold
 * anybody's words; of all others the class alone.
 *
 * @param redact - takes secrets out; before anything is cut, since half a secret is known to nobody
 */
export function describeError(error: unknown, redact: (text: string) => string): string {
  const seen = new Set<unknown>();
  const parts: string[] = [];
  for (let at = error; at !== undefined && !seen.has(at); at = at instanceof Error ? at.cause : undefined) {
    seen.add(at);
    parts.push(at instanceof TroupeError ? at.message : classOf(at));
  }
  return redact(parts.join(': ')).slice(0, MAX_LENGTH);
}

/** The short word of an error (`budget-reached`, `overloaded`, …), else its class. */
export function typeOfError(error: unknown): string {
  if (!(error instanceof TroupeError)) return classOf(error);
  const { reason, failure } = error as { readonly reason?: unknown; readonly failure?: unknown };
  const word = reason ?? failure;
  return typeof word === 'string' ? word : error.name;
}

function classOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name || 'Error' : `a thrown ${typeof error}`;
}
