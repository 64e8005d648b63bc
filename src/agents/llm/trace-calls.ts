import type { Span } from '../../observability/tracing.ts';
import type { CallSubject } from '../../usage/usage-ledger.ts';
import type { AgentIdentity } from '../agent-type.ts';
import type { CallMeter, ChatCallResult, ChatEnd } from '../chat-model.ts';

/** What some providers are called there; the others as they are here. */
const PROVIDERS: Readonly<Record<string, string>> = { gemini: 'gcp.gemini', xai: 'x_ai' };

/** How answers end, in the words that most providers use. */
const FINISHES: Readonly<Record<ChatEnd, string>> = {
  complete: 'stop',
  length: 'length',
  refusal: 'refusal',
  'content-filter': 'content_filter',
};

/**
 * Has every call of a request, each retry and each fallback, in a span of its own, after OpenTelemetry's conventions for
 * generative AI (opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans), without what was said.
 */
export function traceCalls(
  meter: CallMeter,
  parent: Span | undefined,
  { id, name }: AgentIdentity,
  purpose: CallSubject['purpose'],
): CallMeter {
  if (parent === undefined) return meter;
  return {
    async begin(call) {
      const report = await meter.begin(call);
      const attributes = {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': PROVIDERS[call.provider] ?? call.provider,
        'gen_ai.request.model': call.model,
        'gen_ai.request.max_tokens': call.maxTokens,
        'server.address': call.server?.address,
        'server.port': call.server?.port,
        'gen_ai.agent.id': id,
        'gen_ai.agent.name': name,
        'troupe.purpose': purpose,
      };
      const span = parent.child(`chat ${call.model}`, { kind: 'client', attributes });
      return (result) => {
        endCall(span, result);
        return report(result);
      };
    },
  };
}

function endCall(span: Span, { usage, counted, outcome, servedAs, error }: ChatCallResult): void {
  const finish = (FINISHES as Readonly<Record<string, string>>)[outcome];
  span.set({
    'gen_ai.response.model': servedAs,
    'gen_ai.response.finish_reasons': finish === undefined ? undefined : [finish],
    'gen_ai.usage.input_tokens': usage.input,
    'gen_ai.usage.cache_read.input_tokens': usage.cached,
    'gen_ai.usage.output_tokens': usage.output,
    'troupe.usage.counted': counted,
  });
  if (outcome === 'cancelled') span.set({ 'troupe.outcome': outcome });
  else if (finish === undefined) span.fail(error, outcome);
  span.end();
}
