import { HttpError } from './problem.ts';

/** Levels of lists and objects in a body at most. */
const MOST = 64;

/**
 * Refuses a body that is nested more deeply than anything that is asked for: whatever goes through it level by level would
 * come to the end of its stack.
 *
 * @throws {HttpError} 400
 */
export function refuseDeepBody(body: unknown): void {
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST) throw new HttpError(400, `the body is nested too deeply: it may have ${MOST} levels`);
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? (Object.values(value) as unknown[]) : [],
    );
  }
}
