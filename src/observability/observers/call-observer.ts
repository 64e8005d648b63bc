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

/** A model that an agent will ask, or falls back to. */
export interface ObservedModel {
  readonly agentId: string;
  readonly provider: string;
  readonly model: string;
  /** Whether its price is known. */
  readonly hasPrice: boolean;
  /** How calls to it may fail. */
  readonly failures: readonly string[];
}

/** Hears of each model that an agent begins to work with, before it is asked. Must not throw. */
export type ModelObserver = (model: ObservedModel) => void;

/** Hears of each call to a model that is over. Must not throw. */
export type CallObserver = (call: ObservedCall) => void;
