/** What a model costs, in US dollars per million tokens. */
export interface Price {
  readonly input: number;
  /** Input that the provider has in its cache. */
  readonly cachedInput: number;
  readonly output: number;
}

/** What models cost. */
export interface PriceList {
  /** Undefined when the price is not known. */
  priceOf(provider: string, model: string): Price | undefined;
}

/** Billionths of a dollar in a dollar. */
export const NANO = 1_000_000_000;

/** What so many tokens cost, in billionths of a US dollar, rounded up. Undefined without a price. */
export function costOf(
  price: Price | undefined,
  tokens: { readonly input: number; readonly cached: number; readonly output: number },
): number | undefined {
  if (price === undefined) return undefined;
  const uncached = Math.max(0, tokens.input - tokens.cached);
  const usdPerMillion =
    uncached * price.input + tokens.cached * price.cachedInput + tokens.output * price.output;
  // A millionth of a dollar is a thousand billionths. Binary fractions must not round a whole number up.
  return Math.ceil(Math.round(usdPerMillion * 1_000_000) / 1_000);
}
