/** Who made a change. */
export interface Actor {
  /** `host`: by itself, by a policy; `agents-file`: the file that the agents table follows. */
  readonly kind: 'admin-user' | 'api-token' | 'cli' | 'agents-file' | 'host';
  /** An id; for `cli` the system's user. */
  readonly id: string;
  /** For people. */
  readonly name: string;
}

/** A host, when nobody told it to. */
export const HOST_ACTOR: Actor = { kind: 'host', id: 'host', name: 'host' };

/** The agents file that a host follows. */
export const AGENTS_FILE_ACTOR: Actor = { kind: 'agents-file', id: 'agents-file', name: 'agents file' };

/** One change, as it goes on record. */
export interface AuditedChange {
  /** Such as `agent.update`. */
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string };
  /** Plain JSON with secrets masked; undefined: there was nothing before, or is nothing after. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** A change on record. */
export interface AuditEntry extends AuditedChange {
  /** From 1, without gaps. */
  readonly sequence: bigint;
  readonly at: Date;
  readonly actor: Actor;
  /** SHA-256 in hexadecimal digits, over this entry and the hash of the one before it. */
  readonly hash: string;
}

/** Which entries are listed: those for which all of this holds. */
export interface AuditFilter {
  readonly action?: string | undefined;
  readonly actorId?: string | undefined;
  readonly subjectId?: string | undefined;
  readonly since?: Date | undefined;
  /** Only those before this one. */
  readonly before?: bigint | undefined;
  /** How many at most, the newest. */
  readonly limit: number;
}

/** An entry that was seen before, elsewhere: it must still be there as it was. */
export interface ExpectedEntry {
  readonly sequence: bigint;
  readonly hash: string;
}

/** Whether the log is whole. */
export type AuditVerification =
  | { readonly isWhole: true; readonly entries: bigint; readonly lastHash: string }
  | { readonly isWhole: false; readonly brokenAt: bigint; readonly problem: string };

/** The record of every change that a person or a program made. Nothing in it is ever changed or taken out. */
export interface AuditLog {
  /** Puts changes on record that are made already, in this order. */
  append(actor: Actor, changes: readonly AuditedChange[]): Promise<void>;
  /** Newest first. */
  list(filter: AuditFilter): Promise<AuditEntry[]>;
  /** How many entries there are, and the hash of the last one; 0 and zeros when there is none. */
  head(): Promise<ExpectedEntry>;
  /**
   * Computes every hash again. That entries were taken off the end cannot be seen in the log itself: hence `expected`, an
   * entry that was noted down before.
   */
  verify(expected?: ExpectedEntry): Promise<AuditVerification>;
}
