import type { UserCounts } from './user-data.ts';

/** How many erasures are on record. */
export interface ErasureRecords {
  /** Those under the keys that this process has. */
  readonly readable: number;
  /** Those under other keys: whose they are cannot be told. */
  readonly unreadable: number;
}

/** What an erasure took away. */
export interface ErasedCounts extends UserCounts {
  /** Those of the exchanges that were not over: they are not answered any more. */
  readonly ended: number;
}

/** The record of an erasure. */
export interface Erasure {
  readonly id: string;
  readonly at: Date;
  readonly counts: ErasedCounts;
}

/** What became of a request to erase. */
export interface ErasureOutcome {
  /** Undefined: there was nothing to erase, and so nothing is on record. */
  readonly erasure: Erasure | undefined;
  /**
   * Whether no file of the database holds the words any more. False: another process kept reading or writing, or the
   * disk is full, and something may be left in the files. Undefined on a server, whose files are its own.
   */
  readonly overwritten: boolean | undefined;
}

/** Erases all that there is of a user, and keeps proof of it that does not name them. */
export interface Erasures {
  /**
   * Erases everything of a user with all agents, or nothing. What is being answered at this moment may still be posted,
   * and is not written down.
   */
  erase(userId: string): Promise<ErasureOutcome>;
  /** How many rows of each kind there are of a user now, of all agents together. */
  left(userId: string): Promise<UserCounts>;
  /** The erasures of a user, oldest first; those that were recorded under a secret key which is gone are not found. */
  find(userId: string): Promise<Erasure[]>;
  /** How many erasures there are of all users; those that were recorded without the id of a key count as readable. */
  countRecords(): Promise<ErasureRecords>;
}
