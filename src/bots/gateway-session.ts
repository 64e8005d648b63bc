/** A bot's session on Discord's gateway: enough to go on where it stopped. */
export interface GatewaySession {
  /** The application that it belongs to: void once the agent's token is another application's. */
  readonly applicationId: string;
  readonly sessionId: string;
  /** Where to resume, as READY told. */
  readonly resumeUrl: string;
  /** Whether it was opened with the message content intent. */
  readonly messageContent: boolean;
  readonly shardId: number;
  readonly shardCount: number;
  /** The highest sequence number up to which everything that came is admitted. */
  readonly sequence: number;
}

/** What one bot has to put on record. */
export interface BotSessions {
  /** The fence of the lease that it runs under; undefined where nobody competes. See `Lease`. */
  readonly fence: bigint | undefined;
  /** One a shard. */
  readonly sessions: readonly GatewaySession[];
}

/**
 * Keeps gateway sessions over the death of the process, by agent id. What is written under another fence than that of the
 * present lease is passed over: the host that took the bot over may have gone on with the session.
 */
export interface SessionStore {
  /** An agent's sessions, one a shard; empty when it has none. */
  load(agentId: string): Promise<GatewaySession[]>;
  /** Replaces agents' sessions; an empty list forgets them. Agents that are gone are passed over. */
  save(sessions: ReadonlyMap<string, BotSessions>): Promise<void>;
  /** Writes down how far agents' sessions have come; those that are not on record are passed over. */
  advance(sessions: ReadonlyMap<string, BotSessions>): Promise<void>;
}

/** Counts the IDENTIFYs of each application over the death of the process. */
export interface IdentifyLedger {
  /** Writes down one more; resolves once it is safe. */
  record(applicationId: string, at: Date): Promise<void>;
  /** How many were spent since then, and when the last one was. */
  spentSince(applicationId: string, since: Date): Promise<{ count: number; last: Date | undefined }>;
}
