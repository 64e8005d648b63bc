import { type ChatEvent, type ChatModel, ChatModelError, type ChatRequest } from '../agents/chat-model.ts';
import type { Logger } from '../observability/logger.ts';
import { NO_INCIDENTS } from '../recovery/incidents.ts';
import { nameOf } from './classify-error.ts';
import { askedThrough } from './sdk-model.ts';
import { type IncidentTools, reportModel } from './with-incidents.ts';

/**
 * Models that stand in for one another, in this order: when one fails before anything of its answer was shown, the
 * next is asked. A conversation that is too long is for the caller to shorten, whoever says so. When all fail, the
 * first one's error counts, since that is the one that was meant. Together they see images if any of them does.
 *
 * @param models - at least one
 */
export function withFallbacks(
  models: readonly [ChatModel, ...ChatModel[]],
  logger: Logger,
  tools: IncidentTools = { incidents: NO_INCIDENTS, agentId: undefined },
): ChatModel {
  if (models.length === 1) return models[0];
  const seesImages = models.some((model) => model.seesImages);
  const stream: ChatModel['stream'] = (request, signal) => inOrder(models, logger, tools, request, signal);
  return askedThrough({ ...models[0], seesImages }, stream);
}

async function* inOrder(
  models: readonly ChatModel[],
  logger: Logger,
  tools: IncidentTools,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent> {
  const [first] = models;
  let firstError: ChatModelError | undefined;
  const tellFallBack = (helped: boolean): void => {
    if (first !== undefined) reportModel(firstError, first, tools, { action: 'fall-back', helped });
  };
  for (const model of models) {
    let shown = false;
    try {
      for await (const event of model.stream(request, signal)) {
        shown = true;
        yield event;
      }
      tellFallBack(true);
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ChatModelError) || shown || error.failure === 'context-too-long') throw error;
      firstError ??= error;
      logger.warn(`${nameOf(model)} did not answer; the next model is asked, if there is one`, {
        ...request.about,
        error,
      });
    }
  }
  tellFallBack(false);
  throw firstError ?? new Error('there is no model to ask');
}
