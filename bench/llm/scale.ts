/** How much is asked of LLM agents. */
export interface LlmScale {
  readonly bots: number;
  /** Questions a second. */
  readonly rate: number;
  /** How long questions are asked before anything is measured: code gets compiled, connections get opened. */
  readonly warmUp: number;
  /** How long the rate is kept up. */
  readonly seconds: number;
  /** Users who have a conversation that is remembered. */
  readonly users: number;
  /** Long answers at the same time. */
  readonly streams: number;
  /** Tokens of each of them, when they come as fast as they can. */
  readonly tokens: number;
  /** The same when they come at {@link TOKENS_PER_SECOND}. */
  readonly pacedTokens: number;
}

/** The pace of a real model. */
export const TOKENS_PER_SECOND = 50;

/** Turns that each user has with a bot. */
export const TURNS = 5;

/** What is asked unless told otherwise. */
export const FULL_SCALE: LlmScale = {
  bots: 10,
  rate: 20,
  warmUp: 2,
  seconds: 15,
  users: 1_000,
  streams: 50,
  tokens: 2_000,
  pacedTokens: 500,
};

/** What `--quick` asks. */
export const QUICK_SCALE: LlmScale = {
  ...FULL_SCALE,
  warmUp: 1,
  seconds: 1,
  users: 50,
  streams: 20,
  tokens: 500,
  pacedTokens: 50,
};
