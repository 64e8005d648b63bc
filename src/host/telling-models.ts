import type { ChatModels } from '../agents/chat-models.ts';
import { CHAT_FAILURES } from '../agents/llm/answer-words.ts';
import type { ModelObserver } from '../observability/observers/call-observer.ts';
import type { PriceList } from '../usage/price-list.ts';

/** These models; each one that is opened for an agent is told, with its fallbacks. */
export function tellingModels(models: ChatModels, prices: PriceList, tell: ModelObserver): ChatModels {
  return {
    ...models,
    open(selection, agentId) {
      const opened = models.open(selection, agentId);
      if (agentId !== undefined) {
        for (const { provider, model } of models.resolve(selection)) {
          const hasPrice = prices.priceOf(provider, model) !== undefined;
          tell({ agentId, provider, model, hasPrice, failures: CHAT_FAILURES });
        }
      }
      return opened;
    },
  };
}
