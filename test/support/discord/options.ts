/** So many requests in so many milliseconds. */
export interface Allowance {
  limit: number;
  perMs: number;
}

/** What the REST side allows each bot. */
export interface RateLimitOptions {
  /** All requests of one bot together, interactions aside. */
  global: Allowance;
  /** Messages posted to one channel. */
  postMessage: Allowance;
  /** Edits of messages in one channel. */
  editMessage: Allowance;
  /** Every other route, for each channel or guild. */
  other: Allowance;
}

/** How a stand-in Discord behaves. */
export interface StandInDiscordOptions {
  /** The port to listen on; 0 takes a free one. */
  port?: number;
  /** What Hello tells the bots, in milliseconds. */
  heartbeatInterval?: number;
  /** `false` never answers 429 by itself; `true` has Discord's usual limits. */
  rateLimits?: boolean | Partial<RateLimitOptions>;
  /** How long a session can be resumed after its socket is gone, in milliseconds. */
  sessionLifetime?: number;
  /** How many events a session keeps for a resume. */
  replayLimit?: number;
  /** The time, in milliseconds since 1970. Waits with a timeout use real time all the same. */
  clock?: () => number;
  /** How many identifies in `identifyWindow` Discord lets an application make. */
  maxConcurrency?: number;
  /** The window of `maxConcurrency`, in milliseconds. */
  identifyWindow?: number;
  /** How many identifies a bot may make before it is a violation; see `Bot.allowIdentifies`. */
  maxIdentifiesPerBot?: number;
  /** How long a nonce is remembered, in milliseconds. */
  nonceLifetime?: number;
  /** How many messages of each channel, and how many requests of each bot, are kept. */
  historyLimit?: number;
}

/** Discord's usual limits, as its documentation and its operators tell them. */
export const USUAL_RATE_LIMITS = {
  global: { limit: 50, perMs: 1_000 },
  postMessage: { limit: 5, perMs: 5_000 },
  editMessage: { limit: 5, perMs: 5_000 },
  other: { limit: 10, perMs: 1_000 },
} as const satisfies RateLimitOptions;

/** What a stand-in does when nobody says otherwise. */
export const DEFAULTS = {
  port: 0,
  heartbeatInterval: 41_250,
  rateLimits: false,
  sessionLifetime: 120_000,
  replayLimit: 2_000,
  clock: Date.now,
  maxConcurrency: 1,
  identifyWindow: 5_000,
  maxIdentifiesPerBot: 1,
  nonceLifetime: 300_000,
  historyLimit: 50_000,
} as const satisfies Required<StandInDiscordOptions>;

/** The options with everything decided. */
export interface Settings extends Required<Omit<StandInDiscordOptions, 'rateLimits'>> {
  rateLimits: RateLimitOptions | undefined;
}

/** Fills in what was left out. */
export function resolveOptions(options: StandInDiscordOptions): Settings {
  const { rateLimits = DEFAULTS.rateLimits, ...rest } = options;
  const limits = rateLimits === true ? {} : rateLimits;
  return {
    ...DEFAULTS,
    ...rest,
    rateLimits: limits === false ? undefined : { ...USUAL_RATE_LIMITS, ...limits },
  };
}
