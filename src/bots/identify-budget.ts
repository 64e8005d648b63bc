import { BotFailure } from './bot-failure.ts';
import type { IdentifyLedger } from './gateway-session.ts';
import { sleep } from '../util/sleep.ts';
import type { Inspection } from './account.ts';

/**
 * IDENTIFYs that one bot may spend in {@link DAY}. Discord resets a token's secret after 1,000 in 24 hours, so a bot
 * in a loop has to stop long before.
 */
export const MAX_IDENTIFIES = 300;

/** The period that Discord counts IDENTIFYs in, in milliseconds. */
export const DAY = 24 * 60 * 60 * 1000;

/** What {@link spendIdentify} works with. */
export interface IdentifyTools {
  readonly identifies: IdentifyLedger;
  readonly now: () => Date;
  /** Between two IDENTIFYs of one application: Discord takes one in five seconds; in milliseconds. */
  readonly identifyInterval: number;
}

/**
 * Sees to it that a bot may IDENTIFY now; waits where the last one was only just now, by whichever bot or process.
 * Nothing is spent yet.
 *
 * @throws {BotFailure} when there is none left, by Discord's count or by ours.
 */
export async function checkIdentifyBudget(
  inspection: Inspection,
  tools: IdentifyTools,
  signal: AbortSignal,
): Promise<void> {
  const { identity, identifies } = inspection;
  if (identifies.remaining <= 0) {
    throw new BotFailure(`Discord grants no more sessions until ${identifies.resetAt.toISOString()}`, {
      kind: 'identifies-spent',
      notBefore: identifies.resetAt,
      remedy: 'The bot starts by itself then. Look into why it connected so often.',
    });
  }
  const now = tools.now().getTime();
  const { count, last } = await tools.identifies.spentSince(identity.applicationId, new Date(now - DAY));
  if (count >= MAX_IDENTIFIES) {
    throw new BotFailure(`the bot opened ${count} sessions within 24 hours, the most that Troupe allows`, {
      kind: 'identifies-spent',
      notBefore: new Date(now + DAY / 24),
      remedy: 'It tries again every hour. Look into why it connected so often.',
    });
  }
  if (last !== undefined) await sleep(last.getTime() + tools.identifyInterval - now, signal);
  signal.throwIfAborted();
}
