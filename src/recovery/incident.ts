/**
 * How a failure is to be taken.
 *
 * - `transient`: the same may succeed later.
 * - `persistent`: it will fail again until somebody changes something; the rest goes on.
 * - `critical`: a promise cannot be kept any more.
 */
export type Severity = 'transient' | 'persistent' | 'critical';

/** What is done about a failure. */
export type RecoveryAction = 'retry' | 'fall-back' | 'degrade' | 'restart' | 'park' | 'stop';

/** A failure that something was done about, for as long as it lasts. */
export interface Incident {
  /** A UUIDv7. */
  readonly id: string;
  /** Undefined: it is the host's. */
  readonly agentId: string | undefined;
  readonly hostId: string;
  /** The part that failed, such as `gateway`, `provider:openai`, `database`. */
  readonly component: string;
  readonly severity: Severity;
  /** What failed, as the journal and the log have it. */
  readonly reason: string;
  /** In words, without secrets. */
  readonly message: string;
  readonly action: RecoveryAction;
  /** How often it was tried. */
  readonly attempts: number;
  readonly startedAt: Date;
  /** When it happened last, or was last known to last. */
  readonly lastAt: Date;
  readonly endedAt: Date | undefined;
  /** Whether what was done helped; undefined while nobody knows. */
  readonly helped: boolean | undefined;
}

/** Which incidents are listed. */
export interface IncidentFilter {
  readonly agentId?: string | undefined;
  /** Only those that last. */
  readonly isOpen?: boolean | undefined;
  /** Only those before this one. */
  readonly before?: string | undefined;
  /** How many at most, the newest. */
  readonly limit: number;
}

/** The record of incidents, for the operator. */
export interface IncidentLog {
  /** Newest first. */
  list(filter: IncidentFilter): Promise<Incident[]>;
}

/** Where incidents are written down. */
export interface IncidentStore {
  /** Writes these as they are now, new ones and known ones. */
  save(incidents: readonly Incident[]): Promise<void>;
  /**
   * Ends what nobody looks after any more: open incidents of a host from before it started, and those of any host that
   * were not touched for long. Whether something helped stays unknown.
   */
  endAbandoned(hostId: string, startedAt: Date, untouchedSince: Date): Promise<void>;
}
