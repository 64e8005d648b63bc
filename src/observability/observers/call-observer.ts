/** Tokens, or what they cost. */
export interface ByTokenType {
  /** Input that was not in the provider's cache. */
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

/** A call to a model that is over. */
export interface ObservedCall {
  readonly agentId: string;
  readonly provider: string;
  readonly model: string;
  /** How the answer ended, what failed, or `cancelled`. */
  readonly outcome: string;
  readonly latencyMs: number;
  readonly tokens: ByTokenType;
  /** In US dollars; undefined when the model has no price. */
  readonly usd: ByTokenType | undefined;
}

/** Hears of each call to a model that is over. Must not throw. */
export type CallObserver = (call: ObservedCall) => void;
