import type { Price, PriceList } from '../usage/price-list.ts';

/** Prices by provider, then by model. A model's name that ends in `*` stands for all that begin like it. */
export type Prices = ReadonlyMap<string, ReadonlyMap<string, Price>>;

/** Looks prices up: the exact name comes first, then the longest beginning. */
export class PriceTable implements PriceList {
  readonly #prices: Prices;

  constructor(prices: Prices) {
    this.#prices = prices;
  }

  priceOf(provider: string, model: string): Price | undefined {
    const models = this.#prices.get(provider);
    if (models === undefined) return undefined;
    // A `*` in what an agent's settings say is no pattern.
    const exact = model.endsWith('*') ? undefined : models.get(model);
    if (exact !== undefined) return exact;
    for (let end = model.length; end >= 0; end--) {
      const price = models.get(`${model.slice(0, end)}*`);
      if (price !== undefined) return price;
    }
    return undefined;
  }
}
