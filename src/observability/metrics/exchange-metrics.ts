import type { ModelObserver } from '../observers/call-observer.ts';
import type { ExchangeObserver } from '../observers/exchange-observer.ts';
import type { AgentSeries } from './agent-series.ts';
import type { Meters } from './meters.ts';

/** Upper bounds for what a user waits for, in seconds: from an echo to an answer that is given up. */
const CHAT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300];

/** Counts exchanges, and times their parts. Told of a model, it shows that none of its answers has failed so far. */
export function exchangeMetrics(
  meters: Meters,
  agents: AgentSeries,
): ExchangeObserver & { readonly opened: ModelObserver } {
  const ended = agents.watch(
    meters.counter<'agent' | 'outcome' | 'reason'>(
      'troupe_exchanges_total',
      'Exchanges that ended, were set aside or are not answered, and why.',
    ),
    (series, agent) => {
      series.begin({ agent, outcome: 'delivered', reason: '' });
    },
  );
  const took = meters.histogram<'phase'>(
    'troupe_answer_duration_seconds',
    'Where the time of an answer goes: waiting for its turn, for the agent, and for the rest of its delivery.',
    CHAT_BUCKETS,
  );
  return {
    ended(agentId, outcome, reason) {
      const agent = agents.nameOf(agentId);
      if (agent !== undefined) ended.add({ agent, outcome, reason: codeOf(reason) });
    },
    opened({ agentId, failures }) {
      const agent = agents.nameOf(agentId);
      if (agent === undefined) return;
      for (const failure of failures) ended.begin({ agent, outcome: 'failed', reason: `model-${failure}` });
    },
    took(phase, ms) {
      took.observe({ phase }, Math.max(0, ms) / 1_000);
    },
  };
}

/** Reasons are codes of ours. Whatever else may find its way there is no label. */
function codeOf(reason = ''): string {
  return reason === '' || /^[a-z][a-z-]{0,39}$/.test(reason) ? reason : 'other';
}
