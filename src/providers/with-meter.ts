import {
  type CallMeter,
  type ChatCallResult,
  type ChatEvent,
  type ChatModel,
  ChatModelError,
  type ChatRequest,
  type PlannedChatCall,
} from '../agents/chat-model.ts';
import { boundTokens } from '../agents/tokens.ts';
import type { Logger } from '../observability/logger.ts';
import { CallUsage, NOTHING_USED } from './call-usage.ts';
import { nameOf } from './classify-error.ts';
import { RefusedCallError } from './refused-call-error.ts';
import { askedThrough, type ModelOf, type SdkEvent } from './sdk-model.ts';

/** What calls are metered with. */
export interface MeterTools {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
  /** Where the model is asked. */
  readonly server?: PlannedChatCall['server'];
}

const UNMETERED: CallMeter = { begin: () => Promise.resolve(() => Promise.resolve()) };

/**
 * A model each of whose calls is told to the request's meter: before anything is sent, and once when it is over,
 * however that comes. Signs of life end here.
 */
export function withMeter(model: ModelOf<SdkEvent>, tools: MeterTools): ChatModel {
  return askedThrough(model, (request, signal) => metered(model, tools, request, signal));
}

async function* metered(
  model: ModelOf<SdkEvent>,
  { now, logger, server }: MeterTools,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent> {
  const { meter = UNMETERED, maxTokens, about } = request;
  const planned = {
    provider: model.provider,
    model: model.model,
    server,
    inputBound: boundTokens(request),
    maxTokens,
  };
  const report = await meter.begin(planned);
  const began = now();
  const used = new CallUsage(request, model.seesImages);
  let wasSent = false;
  let outcome: ChatCallResult['outcome'] = 'cancelled';
  const more: { servedAs?: string | undefined; error?: unknown } = {};
  try {
    // The meter may have taken its time.
    signal.throwIfAborted();
    wasSent = true;
    for await (const event of model.stream(request, signal)) {
      used.take(event);
      if (event.kind === 'end') {
        outcome = event.end;
        more.servedAs = event.servedAs;
      }
      if (event.kind !== 'sign') yield event;
    }
  } catch (error) {
    outcome = outcomeOf(error, signal);
    more.error = error;
    if (error instanceof RefusedCallError && !used.hasBegun) wasSent = false;
    throw error;
  } finally {
    const usage = wasSent ? used.sum() : { usage: NOTHING_USED, counted: true };
    try {
      await report({ ...usage, latencyMs: now() - began, outcome, ...more });
    } catch (error) {
      logger.error(`a call to ${nameOf(model)} could not be booked`, { ...about, outcome, error });
    }
  }
}

function outcomeOf(error: unknown, signal: AbortSignal): ChatCallResult['outcome'] {
  if (error instanceof ChatModelError) return error.failure;
  return signal.aborted ? 'cancelled' : 'unavailable';
}
