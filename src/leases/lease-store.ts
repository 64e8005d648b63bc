/** Who holds a lease. */
export interface LeaseHolder {
  /** The host, the same after a restart; a UUID. */
  readonly hostId: string;
  /** The process: another at each start; a UUID. */
  readonly processId: string;
  /**
   * The same for two processes of one host only if the earlier one must be gone once the later one has it; empty where
   * nothing proves that. At most 190 characters.
   */
  readonly proof: string;
  /** The machine's name and what tells the hosts on it apart, for people. */
  readonly hostName: string;
}

/** A lease as the database has it. */
export interface HeldLease {
  readonly agentId: string;
  readonly holder: LeaseHolder;
  /** Whether it has not run out yet, by the database's clock. */
  readonly isLive: boolean;
}

/** The leases of all hosts on one database. Times are the database's own. */
export interface LeaseStore {
  /**
   * Takes those of these leases that nobody holds, that have run out, or that an earlier process of the same host held
   * of which it is proved that it is gone (same host and proof, which is not empty).
   *
   * @param ttl - milliseconds
   * @returns the fence of each lease that was gained, by agent id: higher than any before
   */
  claim(agentIds: readonly string[], holder: LeaseHolder, ttl: number): Promise<ReadonlyMap<string, bigint>>;
  /**
   * Prolongs these leases, also those that ran out and that nobody took.
   *
   * @param fences - by agent id
   * @returns the agents whose lease is still the holder's
   */
  renew(fences: ReadonlyMap<string, bigint>, holder: LeaseHolder, ttl: number): Promise<ReadonlySet<string>>;
  /** Gives these leases up, those that are still the holder's: anybody may take them at once. */
  release(fences: ReadonlyMap<string, bigint>, holder: LeaseHolder): Promise<void>;
  /** Every lease there is. */
  list(): Promise<HeldLease[]>;
}
