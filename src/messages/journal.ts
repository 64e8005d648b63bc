/** A message that a bot takes up, as the journal keeps it. */
export interface Admission {
  /** The exchange's id, a UUIDv7. */
  readonly id: string;
  readonly agentId: string;
  readonly messageId: string;
  readonly channelId: string;
  readonly guildId: string | undefined;
  readonly userId: string;
  /** Why it is answered (`mention`, `reply`, …) or ignored (`dm-disabled`, …). */
  readonly reason: string;
  /** What the user wrote, as the agent is given it. */
  readonly question: string;
}

/** How an exchange ended. */
export interface Outcome {
  readonly state: 'delivered' | 'failed';
  /** Replaces the admission's reason when it failed; a few words without secrets. */
  readonly reason?: string;
}

/**
 * The record of every exchange. What is admitted here is answered once, however often Discord delivers it.
 */
export interface Journal {
  /**
   * Admits a message; resolves once that is committed.
   *
   * @returns false when this agent was given this message before: it must not be answered again.
   */
  admit(admission: Admission): Promise<boolean>;
  /**
   * Records that a message which addressed the bot is not answered, and why.
   *
   * @returns false when this agent was given this message before, or that could not be found out. Never rejects.
   */
  ignore(admission: Admission): Promise<boolean>;
  /** Records how an exchange ended. Written behind. */
  finish(exchangeId: string, outcome: Outcome): void;
  /** Resolves once everything written behind is committed. */
  flush(): Promise<void>;
}
