/** A request to Discord that is over. */
export interface ObservedRequest {
  /** Undefined: it was not answered. */
  readonly status: number | undefined;
  readonly ms: number;
  /** Of a 429: whose limit it was, in Discord's word. */
  readonly scope: string | undefined;
}

/** Hears of each request to Discord that is over. Must not throw. */
export type RequestObserver = (request: ObservedRequest) => void;
