/** Whose memory it is: what one agent remembers of one user, here or everywhere. */
export interface MemoryOwner {
  readonly agentId: string;
  /** The user's Discord id. */
  readonly userId: string;
  /** Empty: everywhere. Otherwise the place that it is kept apart for: `dm`, or a guild's id. */
  readonly scope: string;
}

/** One question and its answer. */
export interface Turn {
  /** The exchange's id, a UUIDv7: turns are in its order, and each is kept once. */
  readonly exchangeId: string;
  /** What the user wrote. */
  readonly question: string;
  /** What the agent answered. */
  readonly answer: string;
  readonly at: Date;
}

/** What is recalled of a memory. */
export interface Recollection {
  /** This memory and no later one: what was forgotten meanwhile does not come back by {@link MemoryStore.remember}. */
  readonly memoryId: string;
  /** What was condensed of the turns up to `until`; undefined when nothing was. */
  readonly summary: { readonly text: string; readonly until: string } | undefined;
  /** The last turns, oldest first; those that the summary covers too. */
  readonly turns: readonly Turn[];
}

/** Which memories of a user. */
export interface MemoryFilter {
  readonly userId: string;
  /** Default: of all agents. */
  readonly agentId?: string | undefined;
}

/** A whole memory, for a person to read. */
export interface StoredMemory extends MemoryOwner {
  /** The agent's name; its id where the agent is gone. */
  readonly agentName: string;
  readonly summary: string | undefined;
  /** All turns, oldest first. */
  readonly turns: readonly Turn[];
}

/** How much there is of a memory. */
export interface MemorySize {
  readonly agentId: string;
  /** The agent's name; its id where the agent is gone. */
  readonly agentName: string;
  /** See {@link MemoryOwner}. */
  readonly scope: string;
  readonly turns: number;
  readonly hasSummary: boolean;
  /** When the first and the last turn were; undefined without turns. */
  readonly first: Date | undefined;
  readonly last: Date | undefined;
}

/** The memories of all agents. What cannot be read or written is an error, never an empty memory. */
export interface MemoryStore {
  /**
   * The end of a memory; begins one where there is none.
   *
   * @param limit - the most turns
   */
  recall(owner: MemoryOwner, limit: number): Promise<Recollection>;
  /**
   * Adds a turn; one of the same exchange gives way to it: after a crash an exchange may be answered anew.
   *
   * @returns false when the memory was forgotten since it was recalled: then nothing is kept
   */
  remember(memoryId: string, turn: Turn): Promise<boolean>;
  /**
   * The turns after an exchange, oldest first: those that are to be condensed next.
   *
   * @param after - an exchange's id; undefined: from the beginning
   */
  turnsAfter(memoryId: string, after: string | undefined, limit: number): Promise<Turn[]>;
  /**
   * Keeps a summary of all turns up to `until`, in place of the one before.
   *
   * @returns false when the memory was forgotten meanwhile
   */
  saveSummary(memoryId: string, summary: { readonly text: string; readonly until: string }): Promise<boolean>;
  /** How much there is, by agent and place; the agents' names in alphabetical order. */
  sizes(filter: MemoryFilter): Promise<MemorySize[]>;
  /** Everything that is remembered, in the same order. */
  export(filter: MemoryFilter): Promise<StoredMemory[]>;
  /**
   * Forgets for good, also what is being answered right now. The journal forgets the words of what was answered, too.
   *
   * @returns what was forgotten
   */
  forget(
    filter: MemoryFilter & { readonly scope?: string | undefined },
  ): Promise<{ memories: number; turns: number }>;
}
