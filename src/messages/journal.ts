import { TroupeError } from '../errors.ts';
import type { Lease } from '../leases/lease.ts';
import type { IncomingMessage } from './incoming-message.ts';

/** A message that a bot takes up, as the journal keeps it. */
export interface Admission {
  /** The exchange's id, a UUIDv7. */
  readonly id: string;
  readonly agentId: string;
  /** Why it is answered (`mention`, `reply`, …) or ignored (`dm-disabled`, …). */
  readonly reason: string;
  readonly message: IncomingMessage;
  /** Whether work on it begins at once, not after others that wait. */
  readonly begun: boolean;
}

/** How an exchange ended. */
export interface Outcome {
  /** `expired`: it was open for too long, and its user was told. */
  readonly state: 'delivered' | 'failed' | 'expired';
  /** Replaces the admission's reason where there is one; a few words without secrets. */
  readonly reason?: string | undefined;
}

/** What is posted in answer to a message, all of it, and how that ends the exchange. */
export interface Reply {
  /** The texts of its messages, in order; never empty. */
  readonly pieces: readonly string[];
  /** `dead-letter`: it is set aside for the operator, and its user is told. */
  readonly ending: Outcome['state'] | 'dead-letter';
  readonly reason?: string | undefined;
}

/** An exchange that is not over, as another process left it or an operator wants it again. */
export interface OpenExchange {
  readonly id: string;
  readonly agentId: string;
  readonly message: IncomingMessage;
  /** `replay`: it was set aside, and the operator wants it answered after all. */
  readonly state: 'admitted' | 'streaming' | 'answered' | 'delivering' | 'replay';
  /** How often a process began to work on it and died or lost its lease meanwhile. */
  readonly attempts: number;
  /** What is to be posted; undefined while there is no answer. */
  readonly reply: Reply | undefined;
  /** The ids of messages that are known to be posted for it, in order. */
  readonly posted: readonly string[];
  readonly admittedAt: Date;
  /** When a message was posted for it at the earliest; undefined: none can have been. */
  readonly answeredAt: Date | undefined;
}

/** A time during which nothing can be recorded. */
export interface JournalOutage {
  readonly since: Date;
  /** How much waits for its end. */
  readonly waiting: number;
}

/** What was to be posted is not on record, so it must not be: the exchange is over by now, or this process is ending. */
export class NotRecordedError extends TroupeError {
  override readonly name = 'NotRecordedError';
}

/**
 * The record of every exchange. What is admitted here is answered once, however often Discord delivers it and whoever
 * dies meanwhile. Nothing is written under a lease that another process has taken over.
 *
 * While the database cannot be reached, what has to be committed waits for it.
 */
export interface Journal {
  /**
   * Admits a message; resolves once that is committed.
   *
   * @returns false when this agent was given this message before: it must not be answered again.
   * @throws {LeaseLostError}
   * @throws {NotRecordedError} when this process is ending
   */
  admit(admission: Admission, lease: Lease): Promise<boolean>;
  /**
   * Records that a message which addressed the bot is not answered, and why.
   *
   * @returns false when this agent was given this message before, or that could not be found out. Never rejects.
   */
  ignore(admission: Admission, lease: Lease): Promise<boolean>;
  /**
   * Records that work on an exchange begins that was not begun when it was admitted; resolves once that is committed.
   *
   * @throws {LeaseLostError}
   * @throws {NotRecordedError}
   */
  begin(exchangeId: string, lease: Lease): Promise<void>;
  /**
   * Records that an answer is about to be shown while it grows; resolves once that is committed.
   *
   * @throws {LeaseLostError}
   * @throws {NotRecordedError}
   */
  stream(exchangeId: string, lease: Lease): Promise<void>;
  /**
   * Records what is going to be posted; resolves once that is committed. Where something was recorded before, this takes
   * its place.
   *
   * @throws {LeaseLostError}
   * @throws {NotRecordedError}
   */
  reply(exchangeId: string, reply: Reply, lease: Lease): Promise<void>;
  /** Records which messages were posted so far. Written behind. */
  posted(exchangeId: string, messageIds: readonly string[], lease: Lease): void;
  /** Records how an exchange ended, or that it is set aside. Written behind. */
  finish(exchangeId: string, outcome: Outcome | { state: 'dead-letter'; reason: string }, lease: Lease): void;
  /** Records that work on an exchange was ended in order, and not by a death. Written behind. */
  putBack(exchangeId: string, lease: Lease): void;
  /** The exchanges of an agent that are not over, oldest first; none that is set aside. */
  open(agentId: string): Promise<OpenExchange[]>;
  /** The exchanges of these agents that the operator wants answered after all. */
  replays(agentIds: readonly string[]): Promise<OpenExchange[]>;
  /** The time during which nothing can be recorded; undefined while it can. */
  readonly outage: JournalOutage | undefined;
  /** Writes that are not committed yet. */
  readonly waiting: number;
  /** Resolves once everything written behind is committed, or cannot be now. */
  flush(): Promise<void>;
}
