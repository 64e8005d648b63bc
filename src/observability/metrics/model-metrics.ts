import type { CallObserver, ModelObserver, ObservedCall } from '../observers/call-observer.ts';
import type { AgentSeries } from './agent-series.ts';
import type { Meters } from './meters.ts';

/** Upper bounds for a call to a provider, in seconds. */
const MODEL_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300];

/** How calls end that are no error of the provider. */
const WELL: ReadonlySet<string> = new Set(['complete', 'length', 'refusal', 'content-filter', 'cancelled']);

const TOKEN_TYPES = ['input', 'cached', 'output'] as const;

type Spending = 'agent' | 'provider' | 'model' | 'type';

/** Counts calls to providers, and what they may come to from the moment that an agent has its model. */
export function modelMetrics(
  meters: Meters,
  agents: AgentSeries,
): { readonly called: CallObserver; readonly opened: ModelObserver } {
  const tokens = agents.watch(
    meters.counter<Spending>(
      'troupe_model_tokens_total',
      'Tokens that models read (not cached, cached) and wrote.',
    ),
  );
  const cost = agents.watch(
    meters.counter<Spending>(
      'troupe_model_cost_usd_total',
      'What models cost, in US dollars, by the price list.',
    ),
  );
  const calls = meters.counter<'provider' | 'model' | 'outcome'>(
    'troupe_model_calls_total',
    'Calls to models, each try and each fallback, by their end.',
  );
  const errors = meters.counter<'provider' | 'kind'>(
    'troupe_provider_errors_total',
    'Calls that providers failed.',
  );
  const took = meters.histogram<'provider' | 'model'>(
    'troupe_model_call_duration_seconds',
    'How long calls to models take, from the request to the end of the answer.',
    MODEL_BUCKETS,
  );
  const spend = (agent: string, { provider, model, tokens: used, usd }: ObservedCall): void => {
    for (const type of TOKEN_TYPES) {
      const labels = { agent, provider, model, type };
      tokens.add(labels, used[type]);
      if (usd !== undefined) cost.add(labels, usd[type]);
    }
  };
  return {
    called(call) {
      const { agentId, provider, model, outcome, latencyMs } = call;
      calls.add({ provider, model, outcome });
      if (!WELL.has(outcome)) errors.add({ provider, kind: outcome });
      took.observe({ provider, model }, latencyMs / 1_000);
      const agent = agents.nameOf(agentId);
      if (agent !== undefined) spend(agent, call);
    },
    opened({ agentId, provider, model, hasPrice, failures }) {
      for (const kind of failures) errors.begin({ provider, kind });
      const agent = agents.nameOf(agentId);
      if (agent === undefined) return;
      for (const type of TOKEN_TYPES) {
        tokens.begin({ agent, provider, model, type });
        if (hasPrice) cost.begin({ agent, provider, model, type });
      }
    },
  };
}
