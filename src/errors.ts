/** What every error of ours carries besides its message. */
export interface ErrorDetails {
  /** What the operator can do about it, in a sentence of its own. */
  remedy?: string;
  /** What went wrong underneath. Kept for the log; never shown on Discord. */
  cause?: unknown;
}

/**
 * The base of every error that this program raises on purpose. Anything else that is thrown is a defect.
 *
 * A message names the value, the place and the remedy, and never holds a secret.
 */
export class TroupeError extends Error {
  override readonly name: string = 'TroupeError';
  /** Whether doing the same again later can succeed. */
  readonly retryable: boolean = false;
  /** What the operator can do about it; empty when the message says it all. */
  readonly remedy: string;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.remedy = details.remedy ?? '';
  }
}

/** A setting of the environment is wrong: the program ends with {@link EXIT_CONFIG} before it begins. */
export class ConfigError extends TroupeError {
  override readonly name = 'ConfigError';
}

/** What a person or a file handed in cannot be used; nothing was changed. */
export class InputError extends TroupeError {
  override readonly name: string = 'InputError';
}

/** What somebody wants to change has been changed meanwhile; nothing was written. */
export class ConflictError extends InputError {
  override readonly name = 'ConflictError';
}

/** Something that the program needs (a database, Discord, a provider) did not answer; later it may. */
export class UnavailableError extends TroupeError {
  override readonly name = 'UnavailableError';
  override readonly retryable = true;
}

/** Exit code for a wrong setting: `EX_CONFIG` of BSD's sysexits.h. */
export const EXIT_CONFIG = 78;

/** An error's message and those of its causes, outermost first, for a log line or a terminal. */
export function messageOf(error: unknown): string {
  const seen = new Set<unknown>();
  const parts: string[] = [];
  for (let at = error; at !== undefined && !seen.has(at); at = at instanceof Error ? at.cause : undefined) {
    seen.add(at);
    parts.push(at instanceof Error ? ownMessage(at) : show(at));
  }
  return parts.join(': ');
}

/** Node's own for a host with several addresses says nothing but that all of them failed. */
function ownMessage(error: Error): string {
  if (!(error instanceof AggregateError) || error.message !== '') return error.message;
  const errors: readonly unknown[] = error.errors;
  return errors.map((one) => (one instanceof Error ? one.message : show(one))).join('; ');
}

function show(value: unknown): string {
  if (typeof value === 'string') return value;
  const { message, kind } = (value ?? {}) as { message?: unknown; kind?: unknown };
  const word = message ?? kind;
  return typeof word === 'string' ? word : `a thrown ${typeof value}`;
}
