import { type ChatEvent, type ChatModel, ChatModelError, type ChatRequest } from '../agents/chat-model.ts';
import type { FailureDetails, Incidents } from '../recovery/incidents.ts';
import type { ReasonOf } from '../recovery/policy.ts';
import { CircuitOpenError } from './circuit-open-error.ts';
import { askedThrough } from './sdk-model.ts';

/** Whose failures are told, and to whom. */
export interface IncidentTools {
  readonly incidents: Incidents;
  /** The agent that asks; undefined: nobody in particular. */
  readonly agentId: string | undefined;
}

/** What a single try can fail of; how answers come is another matter. */
const OF_TRIES: readonly ReasonOf<'provider'>[] = [
  'overloaded',
  'rate-limited',
  'unavailable',
  'idle',
  'circuit-open',
  'bad-key',
  'out-of-credit',
  'unknown-model',
  'bad-request',
  'context-too-long',
];

/** A model each of whose tries that fails is an incident, until one succeeds. */
export function withIncidents(model: ChatModel, tools: IncidentTools): ChatModel {
  return askedThrough(model, (request, signal) => told(model, tools, request, signal));
}

async function* told(
  model: ChatModel,
  tools: IncidentTools,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent> {
  const { incidents, agentId } = tools;
  try {
    for await (const event of model.stream(request, signal)) {
      if (event.kind === 'end') {
        incidents.recovered('provider', { of: model.provider, agentId, reasons: OF_TRIES });
      }
      yield event;
    }
  } catch (error) {
    if (!signal.aborted) reportModel(error, model, tools);
    throw error;
  }
}

/** Tells of a model that failed, unless the error is not the model's. */
export function reportModel(
  error: unknown,
  { provider }: Pick<ChatModel, 'provider'>,
  { incidents, agentId }: IncidentTools,
  done: Pick<FailureDetails, 'action' | 'helped'> = {},
): void {
  if (!(error instanceof ChatModelError)) return;
  const reason = error instanceof CircuitOpenError ? 'circuit-open' : error.failure;
  incidents.report('provider', reason, { of: provider, agentId, error: error.message, ...done });
}
