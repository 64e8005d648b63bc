/** How a stand-in LLM behaves. */
export interface StandInLlmOptions {
  /** The port to listen on; 0 takes a free one. */
  port?: number;
  /** The API keys that are good; left out, every key is. */
  keys?: readonly string[];
  /** How many requests are kept. */
  historyLimit?: number;
  /** The longest body that is read, in bytes; a longer one is answered 413. */
  maxBodyBytes?: number;
  /** The time, in milliseconds since 1970. */
  clock?: () => number;
}

/** What a stand-in does when nobody says otherwise. */
export const DEFAULTS = {
  port: 0,
  historyLimit: 10_000,
  maxBodyBytes: 32 * 1_024 * 1_024,
  clock: Date.now,
} as const satisfies Omit<Required<StandInLlmOptions>, 'keys'>;

/** The options with everything decided. */
export type Settings = Required<Omit<StandInLlmOptions, 'keys'>> & Pick<StandInLlmOptions, 'keys'>;
