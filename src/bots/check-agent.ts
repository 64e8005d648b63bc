import type { Agent } from '../agents/agent.ts';
import { TroupeError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { BotFailure } from './bot-failure.ts';

/** How long an agent may take to find out whether it can do its work, in milliseconds. */
const DEADLINE = 10_000;

/**
 * Has an agent find out whether it can do its work. What may pass by itself is told in the log, and proves nothing.
 *
 * @param stop - gives up
 * @returns whether it is known to be able to
 * @throws {BotFailure} when it cannot: it is parked, and looked at again
 */
export async function checkAgent(agent: Agent, logger: Logger, stop: AbortSignal): Promise<boolean> {
  if (agent.check === undefined) return true;
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
  }, DEADLINE);
  try {
    await agent.check(AbortSignal.any([stop, late.signal]));
    return true;
  } catch (error) {
    stop.throwIfAborted();
    if (late.signal.aborted || !(error instanceof TroupeError) || error.retryable) {
      logger.warn('could not find out whether the agent can answer; it starts all the same', { error });
      return false;
    }
    const { message, remedy, cause } = error;
    throw new BotFailure(message, { kind: 'model-unusable', recheck: true, remedy, cause });
  } finally {
    clearTimeout(timer);
  }
}
