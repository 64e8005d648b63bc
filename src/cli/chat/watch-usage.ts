import type { UsageLedger } from '../../usage/usage-ledger.ts';

/** What an answer used of language models. */
export interface AnswerUsage {
  readonly inputTokens: number;
  /** Part of the input. */
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** In billionths of a US dollar; undefined when a model has no price. */
  readonly nanoUsd: number | undefined;
}

/** Books that also tell what one answer used. */
export interface WatchedUsage {
  readonly ledger: UsageLedger;
  /** What the exchange used, once; undefined when it asked no model. */
  take(exchangeId: string): AnswerUsage | undefined;
}

/** The same books, which remember what each answer used until that is taken. */
export function watchUsage(ledger: UsageLedger): WatchedUsage {
  /** By booking: the exchange that it is for. */
  const bookings = new Map<string, string>();
  const used = new Map<string, AnswerUsage>();
  return {
    ledger: {
      async reserve(call, limits) {
        const booking = await ledger.reserve(call, limits);
        const { exchangeId, purpose } = call.subject;
        if (exchangeId !== undefined && purpose === 'answer') bookings.set(booking, exchangeId);
        return booking;
      },
      async settle(booking, call) {
        const exchangeId = bookings.get(booking);
        bookings.delete(booking);
        if (exchangeId !== undefined) used.set(exchangeId, add(used.get(exchangeId), call));
        await ledger.settle(booking, call);
      },
    },
    take(exchangeId) {
      const usage = used.get(exchangeId);
      used.delete(exchangeId);
      return usage;
    },
  };
}

function add(sum: AnswerUsage | undefined, call: AnswerUsage): AnswerUsage {
  const { inputTokens, cachedTokens, outputTokens, nanoUsd } = call;
  if (sum === undefined) return { inputTokens, cachedTokens, outputTokens, nanoUsd };
  const priced = sum.nanoUsd !== undefined && nanoUsd !== undefined;
  return {
    inputTokens: sum.inputTokens + inputTokens,
    cachedTokens: sum.cachedTokens + cachedTokens,
    outputTokens: sum.outputTokens + outputTokens,
    nanoUsd: priced ? sum.nanoUsd + nanoUsd : undefined,
  };
}
