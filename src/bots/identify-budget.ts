import { BotFailure } from './bot-failure.ts';
import type { IdentifyLedger } from './gateway-session.ts';
import type { Inspection } from './account.ts';

/**
 * IDENTIFYs that one bot may spend in {@link DAY}. Discord resets a token's secret after 1,000 in 24 hours, so a bot
 * in a loop has to stop long before.
 */
export const MAX_IDENTIFIES = 300;

/** The period that Discord counts IDENTIFYs in, in milliseconds. */
export const DAY = 24 * 60 * 60 * 1000;

/**
 * Takes one IDENTIFY out of a bot's budget, on record before it is spent.
 *
 * @throws {BotFailure} when there is none left, by Discord's count or by ours.
 */
export async function spendIdentify(
  ledger: IdentifyLedger,
  inspection: Inspection,
  now: Date,
): Promise<void> {
  const { identity, identifies } = inspection;
  if (identifies.remaining <= 0) {
    throw new BotFailure(`Discord grants no more sessions until ${identifies.resetAt.toISOString()}`, {
      then: 'retry',
      notBefore: identifies.resetAt,
      remedy: 'The bot starts by itself then. Look into why it connected so often.',
    });
  }
  const spent = await ledger.countSince(identity.applicationId, new Date(now.getTime() - DAY));
  if (spent >= MAX_IDENTIFIES) {
    throw new BotFailure(`the bot opened ${spent} sessions within 24 hours, the most that Troupe allows`, {
      then: 'retry',
      notBefore: new Date(now.getTime() + DAY / 24),
      remedy: 'It tries again every hour. Look into why it connected so often.',
    });
  }
  await ledger.record(identity.applicationId, now);
}
