import type { GatewayObserver } from '../observers/gateway-observer.ts';
import type { AgentSeries } from './agent-series.ts';
import type { Meters } from './meters.ts';

/** Counts how bots come onto the gateway. */
export function gatewayMetrics(meters: Meters, agents: AgentSeries): GatewayObserver {
  const counting = (name: string, help: string): ((agentId: string) => void) => {
    const counter = agents.watch(meters.counter<'agent'>(name, help), (series, agent) => {
      series.begin({ agent });
    });
    return (agentId) => {
      const agent = agents.nameOf(agentId);
      if (agent !== undefined) counter.add({ agent });
    };
  };
  return {
    identified: counting(
      'troupe_gateway_identifies_total',
      'IDENTIFYs that were spent. Discord resets a token after 1,000 in a day; Troupe stops at 300.',
    ),
    resumed: counting('troupe_gateway_resumes_total', 'Gateway sessions that were resumed, which is free.'),
    reconnects: counting(
      'troupe_gateway_reconnects_total',
      'Connections that were lost, or did not come about, and are tried again.',
    ),
  };
}
