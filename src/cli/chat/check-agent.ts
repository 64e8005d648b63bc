import type { Agent } from '../../agents/agent.ts';
import { InputError, messageOf, TroupeError } from '../../errors.ts';

/** How long an agent may take to find out whether it can do its work, in milliseconds: as long as for a bot. */
const DEADLINE = 10_000;

const DOUBT = 'could not find out whether the agent can answer; it may all the same';

/**
 * Has the agent find out whether it can answer, as its bot would before it connects.
 *
 * @returns a doubt, told in words: what is wrong may pass by itself; undefined when nothing is
 * @throws {InputError} when it cannot answer; the reason of `signal` when that aborts
 */
export async function checkAgent(agent: Agent, signal: AbortSignal): Promise<string | undefined> {
  if (agent.check === undefined) return undefined;
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
  }, DEADLINE);
  try {
    await agent.check(AbortSignal.any([signal, late.signal]));
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (late.signal.aborted) return `${DOUBT}: no answer within ${DEADLINE / 1_000} s`;
    if (!(error instanceof TroupeError)) throw error;
    if (error.retryable) return `${DOUBT}: ${messageOf(error)}`;
    throw new InputError(error.message, { remedy: error.remedy, cause: error.cause });
  } finally {
    clearTimeout(timer);
  }
}
