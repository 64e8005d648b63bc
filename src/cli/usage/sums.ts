import type { Sums } from '../../usage/usage-report.ts';
import { dollars, grouped } from './numbers.ts';

/** The sums of no call. */
export const NOTHING: Sums = {
  calls: 0,
  inputTokens: 0n,
  cachedTokens: 0n,
  outputTokens: 0n,
  nanoUsd: 0n,
  unpriced: 0,
  failures: 0,
  unsettled: 0,
};

/** Both together. */
export function add(a: Sums, b: Sums): Sums {
  return {
    calls: a.calls + b.calls,
    inputTokens: a.inputTokens + b.inputTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    nanoUsd: a.nanoUsd + b.nanoUsd,
    unpriced: a.unpriced + b.unpriced,
    failures: a.failures + b.failures,
    unsettled: a.unsettled + b.unsettled,
  };
}

/** As cells of a table: calls, input, cached, output, USD, failed. */
export function sumCells(sums: Sums): string[] {
  const { calls, inputTokens, cachedTokens, outputTokens, nanoUsd, unpriced, failures } = sums;
  const known = nanoUsd === 0n && unpriced > 0 ? '' : dollars(nanoUsd);
  return [
    ...[calls, inputTokens, cachedTokens, outputTokens].map(grouped),
    unpriced === 0 ? known : `${known}?`,
    grouped(failures),
  ];
}
