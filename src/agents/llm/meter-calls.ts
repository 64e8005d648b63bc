import { costOf } from '../../usage/price-list.ts';
import type { BudgetLimit, CallSubject } from '../../usage/usage-ledger.ts';
import type { AgentTools } from '../agent-type.ts';
import { AnswerError } from '../agent.ts';
import { NOT_SET_UP } from './answer-words.ts';
import type { CallMeter } from '../chat-model.ts';

/**
 * Books every call that is made for a subject: the most that it can cost before it goes out, what it did cost
 * afterwards. A call that one of the limits does not allow is not made.
 */
export function meterCalls(
  subject: CallSubject,
  limits: readonly BudgetLimit[],
  { usage, prices }: Pick<AgentTools, 'usage' | 'prices'>,
): CallMeter {
  const inForce = limits.filter(
    ({ kind }) =>
      (kind !== 'guild' || subject.guildId !== undefined) &&
      (kind !== 'user' || subject.userId !== undefined),
  );
  return {
    async begin({ provider, model, inputBound, maxTokens }) {
      const price = prices.priceOf(provider, model);
      if (price === undefined && inForce.some(({ nanoUsd }) => nanoUsd !== undefined)) {
        // Its price was there when the agent started, and has left the file since.
        throw new AnswerError('no-price', NOT_SET_UP, {
          cause: new Error(`there is a budget in US dollars, but no price for ${provider} ${model} any more`),
        });
      }
      const most = {
        tokens: inputBound + maxTokens,
        nanoUsd: costOf(price, { input: inputBound, cached: 0, output: maxTokens }),
      };
      const booking = await usage.reserve({ subject, provider, model, most }, inForce);
      return ({ usage: { input, cached, output }, counted, latencyMs, outcome }) =>
        usage.settle(booking, {
          exchangeId: subject.exchangeId,
          inputTokens: input,
          cachedTokens: cached,
          outputTokens: output,
          counted,
          nanoUsd: costOf(price, { input, cached, output }),
          latencyMs,
          outcome,
        });
    },
  };
}
