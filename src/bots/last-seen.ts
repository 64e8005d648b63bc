/** Up to which message a bot has seen everything. */
export interface LastSeenMark {
  readonly messageId: string;
  /** The fence of the lease under which it was seen; see `Lease`. */
  readonly fence: bigint | undefined;
  /**
   * The bot is gone: its mark is moved where there is one, and not made anew. Its agent may have been switched off and
   * on again meanwhile, which takes the mark away.
   */
  readonly isLast?: boolean;
}

/** Keeps, over the death of the process, up to which message each bot has seen everything. */
export interface LastSeenStore {
  /** The id of that message; undefined for a bot that never saw any. */
  load(agentId: string): Promise<string | undefined>;
  /** Writes marks down, by agent id, those whose fence is the present one; a mark never goes back. */
  save(marks: ReadonlyMap<string, LastSeenMark>): Promise<void>;
  /** The channels of the direct messages on record, the one with the newest first. */
  directChannels(agentId: string, limit: number): Promise<string[]>;
}
