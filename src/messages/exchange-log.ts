import type { Reply } from './journal.ts';

/** The states of an exchange that is not over. */
export const OPEN_STATES = [
  'admitted',
  'streaming',
  'answered',
  'delivering',
  'dead-letter',
  'replay',
] as const;

/** Every state of an exchange, in the order in which it may go through them. */
export const EXCHANGE_STATES = [...OPEN_STATES, 'delivered', 'failed', 'expired', 'ignored'] as const;

/** How far an exchange has come. */
export type ExchangeState = (typeof EXCHANGE_STATES)[number];

/** Why a dead letter failed that the operator did not want answered. */
export const DROPPED = 'dropped';

/** An exchange as the operator sees it. */
export interface LoggedExchange {
  readonly id: string;
  readonly agentId: string;
  /** Undefined when the agent was deleted. */
  readonly agentName: string | undefined;
  readonly messageId: string;
  readonly channelId: string;
  /** Undefined in a direct message. */
  readonly guildId: string | undefined;
  readonly userId: string;
  readonly state: ExchangeState;
  readonly reason: string;
  readonly question: string;
  /** How often a process began to work on it and died or lost its lease meanwhile. */
  readonly attempts: number;
  /** What was, or is to be, posted. */
  readonly reply: Reply | undefined;
  /** The ids of the messages that are known to be posted for it, in order. */
  readonly posted: readonly string[];
  readonly admittedAt: Date;
  /** When a message was posted for it at the earliest. */
  readonly answeredAt: Date | undefined;
  readonly finishedAt: Date | undefined;
}

/** Which exchanges are listed: those for which all of this holds. */
export interface ExchangeFilter {
  readonly states?: readonly ExchangeState[] | undefined;
  /** Only those that somebody is still going to finish, or that are set aside. */
  readonly isOpen?: boolean | undefined;
  readonly agentId?: string | undefined;
  readonly userId?: string | undefined;
  readonly channelId?: string | undefined;
  /** Only those that came from then on. */
  readonly since?: Date | undefined;
  /** Only those that came before the one of this id. */
  readonly before?: string | undefined;
  /** How many at most, the newest. */
  readonly limit: number;
}

/** The record of all exchanges, for the operator; and what becomes of those that were set aside. */
export interface ExchangeLog {
  /** Newest first. Filtering by anything but the time reads all of that time. */
  list(filter: ExchangeFilter): Promise<LoggedExchange[]>;
  /**
   * The exchanges whose id is this or ends like this, newest first: a few at most.
   *
   * @param id - hexadecimal digits and hyphens, in small letters
   */
  find(id: string): Promise<LoggedExchange[]>;
  /** How many are set aside. */
  countDeadLetters(): Promise<number>;
  /**
   * Has exchanges answered after all that are set aside, as if no process had died of them. Those of deleted agents stay
   * as they are.
   *
   * @param id - of one; undefined: all
   * @returns how many
   */
  replay(id: string | undefined): Promise<number>;
  /**
   * Ends exchanges that are set aside. What their users were told stays.
   *
   * @param id - of one; undefined: all
   * @returns how many
   */
  drop(id: string | undefined): Promise<number>;
}
