import { type ChatEvent, type ChatModel, ChatModelError, type ChatRequest } from '../agents/chat-model.ts';
import type { Logger } from '../observability/logger.ts';
import { type BackOff, backOff } from '../util/back-off.ts';
import { nameOf } from './classify-error.ts';
import { CircuitOpenError } from './circuit-open-error.ts';
import { askedThrough } from './sdk-model.ts';

/** How often a model is asked, and how long is waited in between. */
export interface Retries {
  /** Tries in all. */
  readonly attempts: number;
  readonly backOff: BackOff;
  /** A provider that asks to wait longer than this, in milliseconds, is not waited for. */
  readonly longestWait: number;
}

/** What retries are made with. */
export interface RetryTools {
  /** From 0 to 1. */
  readonly random: () => number;
  /** Waits so many milliseconds; over at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly logger: Logger;
}

/**
 * A model that is asked again when it failed for a moment and nothing of the answer was shown. The waits grow, with
 * full jitter; what the provider asks to wait comes before that. An open circuit is not tried again.
 */
export function withRetries(model: ChatModel, retries: Retries, tools: RetryTools): ChatModel {
  return askedThrough(model, (request, signal) => tried(model, retries, tools, request, signal));
}

async function* tried(
  model: ChatModel,
  retries: Retries,
  { random, sleep, logger }: RetryTools,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent> {
  for (let failures = 1; ; failures++) {
    let shown = false;
    try {
      for await (const event of model.stream(request, signal)) {
        shown = true;
        yield event;
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      const wait = shown ? undefined : waitAfter(error, failures, retries, random());
      if (wait === undefined) throw error;
      logger.debug(`${nameOf(model)} is asked again`, { ...request.about, failures, wait, error });
      await sleep(wait, signal);
      signal.throwIfAborted();
    }
  }
}

/** Milliseconds until the next try; undefined when there is none. */
function waitAfter(error: unknown, failures: number, retries: Retries, random: number): number | undefined {
  if (!(error instanceof ChatModelError) || !error.retryable || error instanceof CircuitOpenError) {
    return undefined;
  }
  if (failures >= retries.attempts) return undefined;
  // The jitter comes on top, or all who were told the same time would come back at once.
  const wait = (error.retryAfter ?? 0) + backOff(retries.backOff, failures, random);
  return (error.retryAfter ?? 0) > retries.longestWait ? undefined : wait;
}
