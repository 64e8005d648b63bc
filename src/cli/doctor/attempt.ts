import { messageOf, TroupeError, UnavailableError } from '../../errors.ts';
import { type Finding, wrong } from './finding.ts';

/**
 * Makes a check that may take so long and may fail, which never hides the others.
 *
 * @param check - heeds the signal where it can; what it found
 * @param timeout - in milliseconds
 * @returns what it found, or one finding for what was thrown. Never throws.
 */
export async function attempt(
  name: string,
  timeout: number,
  check: (signal: AbortSignal) => Promise<readonly Finding[]> | readonly Finding[],
): Promise<readonly Finding[]> {
  const controller = new AbortController();
  const { signal } = controller;
  // Listens first, so that its reason counts before what a check that heeds the signal throws.
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
  const timer = setTimeout(() => {
    controller.abort(new UnavailableError(`no answer within ${timeout / 1_000} s`));
  }, timeout);
  try {
    return await Promise.race([over, (async () => check(signal))()]);
  } catch (error) {
    return [failure(name, error)];
  } finally {
    clearTimeout(timer);
  }
}

function failure(name: string, error: unknown): Finding {
  return error instanceof TroupeError
    ? wrong(name, messageOf(error), error.remedy)
    : wrong(name, `the check itself failed: ${messageOf(error)}`, 'This is a defect of Troupe: report it.');
}
