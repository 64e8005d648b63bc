import type { CallObserver, ObservedCall } from '../observers/call-observer.ts';
import type { AgentSeries } from './agent-series.ts';
import type { Meters } from './meters.ts';

/** Upper bounds for a call to a provider, in seconds. */
const MODEL_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300];

/** How calls end that are no error of the provider. */
const WELL: ReadonlySet<string> = new Set(['complete', 'length', 'refusal', 'content-filter', 'cancelled']);

/** Counts calls to providers. */
export function modelMetrics(meters: Meters, agents: AgentSeries): CallObserver {
  const spending = ['agent', 'provider', 'model', 'type'] as const;
  const tokens = agents.watch(
    meters.counter(
      'troupe_model_tokens_total',
      'Tokens that models read (not cached, cached) and wrote.',
      spending,
    ),
  );
  const cost = agents.watch(
    meters.counter(
      'troupe_model_cost_usd_total',
      'What models cost, in US dollars, by the price list.',
      spending,
    ),
  );
  const calls = meters.counter(
    'troupe_model_calls_total',
    'Calls to models, each try and each fallback, by their end.',
    ['provider', 'model', 'outcome'],
  );
  const errors = meters.counter('troupe_provider_errors_total', 'Calls that providers failed.', [
    'provider',
    'kind',
  ]);
  const took = meters.histogram(
    'troupe_model_call_duration_seconds',
    'How long calls to models take, from the request to the end of the answer.',
    ['provider', 'model'],
    MODEL_BUCKETS,
  );
  const spend = (agent: string, { provider, model, tokens: used, usd }: ObservedCall): void => {
    for (const type of ['input', 'cached', 'output'] as const) {
      const labels = { agent, provider, model, type };
      tokens.inc(labels, used[type]);
      if (usd !== undefined) cost.inc(labels, usd[type]);
    }
  };
  return (call) => {
    const { agentId, provider, model, outcome, latencyMs } = call;
    calls.inc({ provider, model, outcome });
    if (!WELL.has(outcome)) errors.inc({ provider, kind: outcome });
    took.observe({ provider, model }, latencyMs / 1_000);
    const agent = agents.nameOf(agentId);
    if (agent !== undefined) spend(agent, call);
  };
}
