/** What was answered to a request. */
export interface KeptAnswer {
  readonly status: number;
  /** As it was sent: headers that count, and the body. */
  readonly response: string;
}

/** What is known of a key. */
export type KeyClaim =
  /** Nobody had it: whoever asked does the work now. */
  | { readonly kind: 'new' }
  /** The first request is being worked on, or its process died at it. */
  | { readonly kind: 'in-flight'; readonly requestHash: string }
  | { readonly kind: 'answered'; readonly requestHash: string; readonly answer: KeptAnswer };

/** The keys under which requests were made that make something, so that one that is repeated makes nothing more. */
export interface IdempotencyStore {
  /**
   * Takes a key; of all who try, on all hosts, one gets it. A key is free again after a day.
   *
   * @param id - a hash of who asks, and of the key that they gave
   * @param requestHash - of the request
   */
  claim(id: string, requestHash: string): Promise<KeyClaim>;
  /** Keeps what was answered. */
  keep(id: string, answer: KeptAnswer): Promise<void>;
  /** Gives a key back under which nothing was made. */
  release(id: string): Promise<void>;
}
