import type { CallMeter, ChatModel } from './chat-model.ts';

/** Which model an agent is to speak with, as its settings say. */
export interface ModelChoice {
  readonly provider: string;
  /** Default: the provider's, where it has one. */
  readonly model?: string | undefined;
  /** Needed by `openai-compatible`; for another provider only together with an own key. */
  readonly baseUrl?: string | undefined;
  /** The agent's own key. Default: the host's. */
  readonly apiKey?: string | undefined;
  /** Whether it sees images. Default: what is known of the model. */
  readonly images?: boolean | undefined;
}

/** Which model an agent speaks with, and which ones stand in for it, in order. */
export interface ModelSelection extends ModelChoice {
  readonly fallbacks?: readonly ModelChoice[] | undefined;
}

/** The way to every language model, for all agents of a process. */
export interface ChatModels {
  /**
   * A model with everything that makes it dependable around it: deadlines, retries, a circuit breaker, fallbacks.
   * Sends nothing yet, and loads no SDK.
   *
   * @param agentId - the agent that asks, for the record of what fails
   * @throws {InputError} when the provider is not known, or a key, model or address is missing
   */
  open(selection: ModelSelection, agentId?: string): ChatModel;
  /**
   * The providers and models that {@link open} would ask, in order, with what a choice leaves open decided.
   *
   * @throws {InputError} as {@link open} does
   */
  resolve(selection: ModelSelection): readonly { readonly provider: string; readonly model: string }[];
  /**
   * Asks the model, and each of its fallbacks, for a word: whether address, key and model work. What worked once is
   * not asked again, so fifty agents with one model cost one request.
   *
   * @param meter - follows these calls as well
   * @throws {InputError} as {@link open} does
   * @throws {ChatModelError} of the first that does not work; one that is `retryable` proves nothing
   */
  check(selection: ModelSelection, signal: AbortSignal, meter?: CallMeter): Promise<void>;
}
