import { NANO } from './price-list.ts';
import type { Sums } from './usage-report.ts';

/** Money for programs: as a number, and exactly. */
export function moneyAsJson(nanoUsd: bigint): { usd: number; nano_usd: string } {
  return { usd: Number(nanoUsd) / NANO, nano_usd: nanoUsd.toString() };
}

/** Sums for programs. */
export function sumsAsJson(sums: Sums) {
  return {
    calls: sums.calls,
    input_tokens: Number(sums.inputTokens),
    cached_tokens: Number(sums.cachedTokens),
    output_tokens: Number(sums.outputTokens),
    ...moneyAsJson(sums.nanoUsd),
    unpriced_calls: sums.unpriced,
    failures: sums.failures,
    unsettled_calls: sums.unsettled,
  };
}
