import type { CallObserver, ObservedCall } from '../observability/observers/call-observer.ts';
import { costOf, NANO, type PriceList } from './price-list.ts';
import type { PlannedCall, SettledCall, UsageLedger } from './usage-ledger.ts';

/** These books; each call that is settled is told as well, with what its tokens cost by the price list. */
export function tellingLedger(ledger: UsageLedger, prices: PriceList, tell: CallObserver): UsageLedger {
  const underWay = new Map<string, PlannedCall>();
  return {
    async reserve(call, limits) {
      const booking = await ledger.reserve(call, limits);
      underWay.set(booking, call);
      return booking;
    },
    settle(booking, settled) {
      const call = underWay.get(booking);
      underWay.delete(booking);
      if (call !== undefined) tell(observed(call, settled, prices));
      return ledger.settle(booking, settled);
    },
  };
}

function observed(
  { subject, provider, model }: PlannedCall,
  settled: SettledCall,
  prices: PriceList,
): ObservedCall {
  const { inputTokens, cachedTokens: cached, outputTokens: output, outcome, latencyMs } = settled;
  const tokens = { input: Math.max(0, inputTokens - cached), cached, output };
  const price = prices.priceOf(provider, model);
  const none = { input: 0, cached: 0, output: 0 };
  const usd = price && {
    input: inUsd(costOf(price, { ...none, input: tokens.input })),
    cached: inUsd(costOf(price, { ...none, input: cached, cached })),
    output: inUsd(costOf(price, { ...none, output })),
  };
  return { agentId: subject.agentId, provider, model, outcome, latencyMs, tokens, usd };
}

function inUsd(nanoUsd: number | undefined): number {
  return (nanoUsd ?? 0) / NANO;
}
