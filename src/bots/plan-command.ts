import type { BotStatus } from '../agents/agent-record.ts';
import type { BotCommandOutcome, OpenBotCommand } from './bot-command-queue.ts';
import { isInForceAtOnce } from './check-order.ts';

/** Deaths of the process during the work on a command after which it is set aside. */
export const MAX_ATTEMPTS = 3;

/** What is to be done about a command: work, nothing but to say how it ends, or nothing yet. */
export type CommandPlan =
  | { readonly kind: 'work' }
  | { readonly kind: 'end'; readonly outcome: BotCommandOutcome }
  | { readonly kind: 'wait'; readonly why: string };

const WORK: CommandPlan = { kind: 'work' };

/**
 * Decides about a command that is not over.
 *
 * @param status - where its bot stands; undefined: it does not run here
 */
export function planCommand(command: OpenBotCommand, status: BotStatus | undefined): CommandPlan {
  const { order, attempts, progress } = command;
  if (command.obstacle !== undefined && status === undefined) return end(withoutBot(command));
  // What was begun is brought to its end: part of it may be there.
  if (command.isExpired && progress === undefined)
    return end({ state: 'expired', result: 'it was not done in time' });
  if (attempts >= MAX_ATTEMPTS) {
    const doubt = progress === undefined ? '' : '; it may have been posted, as a whole or in part';
    return end(
      failed(
        `the host died ${attempts} times while doing this, so it is set aside${doubt}. See the log, then send it again.`,
      ),
    );
  }
  if (order.kind !== 'say' || status === undefined || status.state === 'ready') return WORK;
  if (status.state === 'parked') return end(failed(`its bot is parked: ${status.reason}`));
  return { kind: 'wait', why: 'its bot is not connected yet' };
}

function withoutBot({ order, obstacle }: OpenBotCommand): BotCommandOutcome {
  if (obstacle === 'deleted') return failed('the agent was deleted');
  if (isInForceAtOnce(order)) return { state: 'done', result: 'kept: it is in force once its bot runs' };
  return failed(
    obstacle === 'disabled'
      ? 'its agent is disabled. Enable it (npm run agents -- enable NAME), then send it again.'
      : 'its agent has no Discord token. Enter one (npm run agents -- edit NAME), then send it again.',
  );
}

/** The end of a command that cannot be done, with what to do about it. */
export function failed(result: string): BotCommandOutcome {
  return { state: 'failed', result };
}

function end(outcome: BotCommandOutcome): CommandPlan {
  return { kind: 'end', outcome };
}
